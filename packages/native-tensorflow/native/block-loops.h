// Elementwise functions over blocks of floats, written so that compilers make vector instructions of them. They are inlined into
// functions that are built for several instruction sets, which lambdas and templates of function objects would not be.
//
// NaN stays NaN in all of them.
#pragma once

#define NFNETS_INLINE static inline __attribute__((always_inline))

NFNETS_INLINE float FromBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

NFNETS_INLINE uint32_t ToBits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// By 2^n times a polynomial (the coefficients are those of Cephes' expf): within 2 units of the last place.
NFNETS_INLINE float Exp(float x) {
  const float most = 88.72283f, least = -86.5f;
  float y = x > most ? most : x;
  y = y < least ? least : y;
  const float shift = 12582912.f;
  const float n = (y * 1.44269504f + shift) - shift;
  const float r = (y - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  // Twice a power that is half as large, as 2^128 is none.
  const float value = p * FromBits(static_cast<uint32_t>(static_cast<int>(n == n ? n : 0.f) + 126) << 23) * 2.f;
  return x > most ? INFINITY : (x < least ? 0.f : value);
}

NFNETS_INLINE float Sigmoid(float x) { return 1.f / (1.f + Exp(-x)); }

NFNETS_INLINE float Tanh(float x) {
  const float magnitude = fabsf(x);
  const float far = 1.f - 2.f / (Exp(2.f * magnitude) + 1.f);
  const float s = x * x;
  float p = -5.70498872745e-3f;
  p = p * s + 2.06390887954e-2f;
  p = p * s - 5.37397155531e-2f;
  p = p * s + 1.33314422036e-1f;
  p = p * s - 3.33332819422e-1f;
  // By a product, which keeps the sign of 0.
  const float near = (p * s + 1.f) * x;
  return magnitude < 0.625f ? near : (x < 0.f ? -far : far);
}

NFNETS_INLINE void LoadBfloat16(const uint16_t* from, float* to, size_t n) {
  for (size_t k = 0; k < n; k++) to[k] = FromBits(static_cast<uint32_t>(from[k]) << 16);
}

NFNETS_INLINE void StoreBfloat16(const float* from, uint16_t* to, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const uint32_t bits = ToBits(from[k]);
    const uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
    to[k] = static_cast<uint16_t>((from[k] == from[k] ? rounded : (bits | 0x400000)) >> 16);
  }
}

#define NFNETS_UNARY(NAME, VALUE)        \
  case Function::NAME:                   \
    for (size_t k = 0; k < n; k++) {     \
      const float x = a[k];              \
      to[k] = VALUE;                     \
    }                                    \
    break;
#define NFNETS_LOOP(X, Y, VALUE)         \
  for (size_t k = 0; k < n; k++) {       \
    const float x = X, y = Y;            \
    to[k] = VALUE;                       \
  }
#define NFNETS_BINARY(NAME, VALUE)       \
  case Function::NAME:                   \
    if (a_is_one) {                      \
      const float one = a[0];            \
      NFNETS_LOOP(one, b[k], VALUE)      \
    } else if (b_is_one) {               \
      const float one = b[0];            \
      NFNETS_LOOP(a[k], one, VALUE)      \
    } else {                             \
      NFNETS_LOOP(a[k], b[k], VALUE)     \
    }                                    \
    break;

// Computes a block of `n` numbers; of a value that is one number for all of them, and is marked so, the first alone is read.
NFNETS_INLINE void Apply(Function function, const float* a, bool a_is_one, const float* b, bool b_is_one,
                         float* __restrict to, size_t n) {
  switch (function) {
    NFNETS_UNARY(Identity, x)
    NFNETS_UNARY(Neg, -x)
    NFNETS_UNARY(Abs, fabsf(x))
    NFNETS_UNARY(Square, x* x)
    NFNETS_UNARY(Sqrt, sqrtf(x))
    NFNETS_UNARY(Rsqrt, 1.f / sqrtf(x))
    NFNETS_UNARY(Exp, Exp(x))
    NFNETS_UNARY(Sigmoid, Sigmoid(x))
    NFNETS_UNARY(Tanh, Tanh(x))
    NFNETS_UNARY(Relu, x < 0.f ? 0.f : x)
    NFNETS_UNARY(Sign, x > 0.f ? 1.f : (x < 0.f ? -1.f : x))
    NFNETS_BINARY(Add, x + y)
    NFNETS_BINARY(Sub, x - y)
    NFNETS_BINARY(Mul, x* y)
    NFNETS_BINARY(RealDiv, x / y)
    NFNETS_BINARY(Maximum, x != x || x > y ? x : y)
    NFNETS_BINARY(Minimum, x != x || x < y ? x : y)
    case Function::MulAdd:
      break;
  }
}
#undef NFNETS_UNARY
#undef NFNETS_BINARY
#undef NFNETS_LOOP

#define NFNETS_LOOP(FORM, A, B, C)                                   \
  case FORM:                                                         \
    for (size_t k = 0; k < n; k++) to[k] = (A) * (B) + (C);          \
    break;

// a * b + c, by which of them are one number for all.
NFNETS_INLINE void MulAdd(const float* a, bool a_is_one, const float* b, bool b_is_one, const float* c, bool c_is_one,
                          float* __restrict to, size_t n) {
  const float x = a[0], y = b[0], z = c[0];
  switch (a_is_one | b_is_one << 1 | c_is_one << 2) {
    NFNETS_LOOP(0, a[k], b[k], c[k])
    NFNETS_LOOP(1, x, b[k], c[k])
    NFNETS_LOOP(2, a[k], y, c[k])
    NFNETS_LOOP(3, x, y, c[k])
    NFNETS_LOOP(4, a[k], b[k], z)
    NFNETS_LOOP(5, x, b[k], z)
    NFNETS_LOOP(6, a[k], y, z)
    NFNETS_LOOP(7, x, y, z)
  }
}
#undef NFNETS_LOOP

// Adds the rows of a block up, channel by channel.
NFNETS_INLINE void AddRows(const float* __restrict from, float* __restrict to, size_t rows, size_t channels) {
  for (size_t row = 0; row < rows; row++, from += channels) {
    for (size_t c = 0; c < channels; c++) to[c] += from[c];
  }
}

NFNETS_INLINE float Total(const float* from, size_t n) {
  float lanes[16] = {};
  size_t k = 0;
  for (; k + 16 <= n; k += 16) {
    for (size_t lane = 0; lane < 16; lane++) lanes[lane] += from[k + lane];
  }
  float sum = 0;
  for (; k < n; k++) sum += from[k];
  for (const float lane : lanes) sum += lane;
  return sum;
}
