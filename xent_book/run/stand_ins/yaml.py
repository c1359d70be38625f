"""gguf imports it for the cards of models, which no page writes."""
