// The product that a language model is made of, for WebAssembly with SIMD: y = W x, for many x.
// `make kernel` compiles it into kernel.wasm; what products.js has in plain JavaScript is the same.
#include <wasm_simd128.h>

typedef unsigned char byte;
enum { F32 = 0, Q4_1 = 3 }; // as GGUF numbers them; the third is Q8_0
enum { PART = 96 }; // so many products are summed, then their sums: the error is an eighth

// Half precision to single; the factor sets the exponent right, that of subnormal numbers, too.
static float half(const byte *at) {
  unsigned bits = at[0] | at[1] << 8;
  union { unsigned bits; float value; } x = { (bits & 0x7fff) << 13 };
  x.value *= 0x1p112f;
  x.bits |= (bits & 0x8000) << 16;
  return x.value;
}

// Sixteen weights d·q + m, whose q are bytes without a sign.
static inline void widen(v128_t q, v128_t d, v128_t m, float *to) {
  v128_t low = wasm_u16x8_extend_low_u8x16(q), high = wasm_u16x8_extend_high_u8x16(q);
  v128_t fours[4] = {
    wasm_u32x4_extend_low_u16x8(low), wasm_u32x4_extend_high_u16x8(low),
    wasm_u32x4_extend_low_u16x8(high), wasm_u32x4_extend_high_u16x8(high),
  };
  for (int i = 0; i < 4; i++) {
    v128_t q = wasm_f32x4_convert_i32x4(fours[i]);
    wasm_v128_store(to + 4 * i, wasm_f32x4_add(wasm_f32x4_mul(d, q), m));
  }
}

// A row of n weights. Q4_1: 32 of them are d, m, and 16 bytes, the low halves before the high
// ones. Q8_0: d, and 32 bytes with a sign, here without it: q + 128, and m = −128 d.
static const float *unpack(const byte *at, int type, int n, float *row) {
  if (type == F32) return (const float *)at;
  for (float *to = row; to < row + n; to += 32) {
    float d = half(at), m = type == Q4_1 ? half(at + 2) : -128 * d;
    v128_t dd = wasm_f32x4_splat(d), mm = wasm_f32x4_splat(m), low, high;
    if (type == Q4_1) {
      v128_t both = wasm_v128_load(at + 4);
      low = wasm_v128_and(both, wasm_i8x16_splat(15));
      high = wasm_u8x16_shr(both, 4);
      at += 20;
    } else {
      low = wasm_v128_xor(wasm_v128_load(at + 2), wasm_i8x16_splat(-128));
      high = wasm_v128_xor(wasm_v128_load(at + 18), wasm_i8x16_splat(-128));
      at += 34;
    }
    widen(low, dd, mm, to);
    widen(high, dd, mm, to + 16);
  }
  return row;
}

static inline float total(v128_t x) {
  float low = wasm_f32x4_extract_lane(x, 0) + wasm_f32x4_extract_lane(x, 1);
  float high = wasm_f32x4_extract_lane(x, 2) + wasm_f32x4_extract_lane(x, 3);
  return low + high;
}

// y[t][o] = Σ w[o][i] x[t][i]. `stride` is the bytes of a row of w; n and times are multiples of
// 4, rows of 2: what is loaded once serves two rows of w, or four of x. There is room for 2 n
// numbers.
void matmul(const byte *w, int stride, int type, int n, int rows, const float *x, int times,
            float *y, float *room) {
  for (int o = 0; o < rows; o += 2, w += 2 * stride, y += 2) {
    const float *p = unpack(w, type, n, room), *q = unpack(w + stride, type, n, room + n);
    for (int t = 0; t < times; t += 4) {
      v128_t sums[8] = { 0 };
      for (int from = 0; from < n; from += PART) {
        v128_t part[8] = { 0 };
        for (int i = from; i < n && i < from + PART; i += 4) {
          v128_t pi = wasm_v128_load(p + i), qi = wasm_v128_load(q + i);
          for (int k = 0; k < 4; k++) {
            v128_t xi = wasm_v128_load(x + (t + k) * n + i);
            part[k] = wasm_f32x4_add(part[k], wasm_f32x4_mul(pi, xi));
            part[k + 4] = wasm_f32x4_add(part[k + 4], wasm_f32x4_mul(qi, xi));
          }
        }
        for (int k = 0; k < 8; k++) sums[k] = wasm_f32x4_add(sums[k], part[k]);
      }
      for (int k = 0; k < 4; k++) {
        y[(t + k) * rows] = total(sums[k]);
        y[(t + k) * rows + 1] = total(sums[k + 4]);
      }
    }
  }
}
