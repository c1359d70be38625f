"""What runs cells in a page: Pyodide's files, a worker, a kernel, and scripts."""
