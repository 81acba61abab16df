/*
 * hash.c: MD5, SHA-1 and SHA-2 of bytes (RFC 1321, FIPS 180-4), for crypto.
 *
 * Owns nothing. A hash is of the whole at once: what a program gives in parts the library puts together.
 */
#include <string.h>

#include "guest.h"
#include "library.h"

/* ---- Words and blocks. ---- */

static uint32_t rotate_left(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static uint32_t rotate_right(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint64_t rotate_right64(uint64_t x, int n)
{
    return x >> n | x << (64 - n);
}

static uint64_t load(const uint8_t *at, int size)
{
    uint64_t word = 0;

    for (int i = 0; i < size; i++)
        word = word << 8 | at[i];
    return word;
}

static void store(uint8_t *at, uint64_t word, int size)
{
    for (int i = size - 1; i >= 0; i--, word >>= 8)
        at[i] = (uint8_t)word;
}

struct algorithm {
    const char *name;
    void (*block)(uint64_t *state, const uint8_t *block);
    int block_size;
    int word_size; /* of the state */
    int size;      /* of the result */
    bool little;   /* the lowest byte first: MD5 */
    uint64_t state[8];
};

/* ---- MD5. ---- */

static const uint32_t md5_constants[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static void md5_block(uint64_t *state, const uint8_t *block)
{
    static const uint8_t shifts[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = (uint32_t)state[0], b = (uint32_t)state[1], c = (uint32_t)state[2],
             d = (uint32_t)state[3];

    for (int i = 0; i < 64; i++) {
        int at = i < 16 ? i : i < 32 ? 5 * i + 1 : i < 48 ? 3 * i + 5 : 7 * i;
        uint32_t word = __builtin_bswap32((uint32_t)load(block + at % 16 * 4, 4)), mixed;

        if (i < 16)
            mixed = (b & c) | (~b & d);
        else if (i < 32)
            mixed = (d & b) | (~d & c);
        else if (i < 48)
            mixed = b ^ c ^ d;
        else
            mixed = c ^ (b | ~d);
        mixed += a + md5_constants[i] + word;
        a = d;
        d = c;
        c = b;
        b += rotate_left(mixed, shifts[i / 16][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

/* ---- SHA-1. ---- */

static void sha1_block(uint64_t *state, const uint8_t *block)
{
    uint32_t w[80], v[5];

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)load(block + 4 * i, 4);
    for (int i = 16; i < 80; i++)
        w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 5; i++)
        v[i] = (uint32_t)state[i];
    for (int i = 0; i < 80; i++) {
        uint32_t mixed, sum;

        if (i < 20)
            mixed = ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5a827999;
        else if (i < 40)
            mixed = (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1;
        else if (i < 60)
            mixed = ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8f1bbcdc;
        else
            mixed = (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6;
        sum = rotate_left(v[0], 5) + mixed + v[4] + w[i];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate_left(v[1], 30);
        v[1] = v[0];
        v[0] = sum;
    }
    for (int i = 0; i < 5; i++)
        state[i] += v[i];
}

/* ---- SHA-2: the constants of SHA-256 are the upper halves of those of SHA-512. ---- */

static const uint64_t sha2_constants[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};

static void sha256_block(uint64_t *state, const uint8_t *block)
{
    uint32_t w[64], v[8];

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)load(block + 4 * i, 4);
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3) +
               (rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10);
    }
    for (int i = 0; i < 8; i++)
        v[i] = (uint32_t)state[i];
    for (int i = 0; i < 64; i++) {
        uint32_t first = v[7] + (uint32_t)(sha2_constants[i] >> 32) + w[i] +
                         (rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25)) +
                         ((v[4] & v[5]) ^ (~v[4] & v[6]));
        uint32_t second =
            (rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22)) +
            ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += first;
        v[0] = first + second;
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

static void sha512_block(uint64_t *state, const uint8_t *block)
{
    uint64_t w[80], v[8];

    for (int i = 0; i < 16; i++)
        w[i] = load(block + 8 * i, 8);
    for (int i = 16; i < 80; i++) {
        uint64_t x = w[i - 15], y = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (rotate_right64(x, 1) ^ rotate_right64(x, 8) ^ x >> 7) +
               (rotate_right64(y, 19) ^ rotate_right64(y, 61) ^ y >> 6);
    }
    memcpy(v, state, sizeof v);
    for (int i = 0; i < 80; i++) {
        uint64_t first =
            v[7] + sha2_constants[i] + w[i] +
            (rotate_right64(v[4], 14) ^ rotate_right64(v[4], 18) ^ rotate_right64(v[4], 41)) +
            ((v[4] & v[5]) ^ (~v[4] & v[6]));
        uint64_t second =
            (rotate_right64(v[0], 28) ^ rotate_right64(v[0], 34) ^ rotate_right64(v[0], 39)) +
            ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += first;
        v[0] = first + second;
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

/* ---- The whole. ---- */

static const struct algorithm algorithms[] = {
    {"md5", md5_block, 64, 4, 16, true, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}},
    {"sha1",
     sha1_block,
     64,
     4,
     20,
     false,
     {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}},
    {"sha224",
     sha256_block,
     64,
     4,
     28,
     false,
     {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7,
      0xbefa4fa4}},
    {"sha256",
     sha256_block,
     64,
     4,
     32,
     false,
     {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
      0x5be0cd19}},
    {"sha384",
     sha512_block,
     128,
     8,
     48,
     false,
     {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
      0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4}},
    {"sha512",
     sha512_block,
     128,
     8,
     64,
     false,
     {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
      0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}},
};

static void hash(const struct algorithm *algorithm, const uint8_t *bytes, size_t size,
                 uint8_t result[static 64])
{
    uint64_t state[8], bits = (uint64_t)size * 8;
    size_t block = (size_t)algorithm->block_size, whole = size / block * block, rest = size - whole,
           length_size = block / 8, tail_size = rest + 1 + length_size > block ? 2 * block : block;
    uint8_t tail[256] = {0};

    memcpy(state, algorithm->state, sizeof state);
    for (size_t i = 0; i < whole; i += block)
        algorithm->block(state, bytes + i);
    memcpy(tail, bytes + whole, rest);
    tail[rest] = 0x80;
    store(tail + tail_size - 8, algorithm->little ? __builtin_bswap64(bits) : bits, 8);
    for (size_t i = 0; i < tail_size; i += block)
        algorithm->block(state, tail + i);
    for (int i = 0; i * algorithm->word_size < algorithm->size; i++) {
        uint64_t word = algorithm->little ? __builtin_bswap32((uint32_t)state[i]) : state[i];

        store(result + i * algorithm->word_size, word, algorithm->word_size);
    }
}

static const struct algorithm *find(const char *name)
{
    for (size_t i = 0; i < countof(algorithms); i++)
        if (!strcmp(name, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

/* (name, view): a Uint8Array; undefined where there is no such algorithm. */
static JSValue native_hash(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    const char *name = JS_ToCString(context, argv[0]);
    const struct algorithm *algorithm;
    size_t size;
    uint8_t *bytes, result[64];

    (void)this_value, (void)argc;
    if (!name)
        return JS_EXCEPTION;
    algorithm = find(name);
    JS_FreeCString(context, name);
    if (!algorithm)
        return JS_UNDEFINED;
    bytes = text_bytes_of(context, argv[1], &size);
    if (!bytes)
        return JS_EXCEPTION;
    hash(algorithm, bytes, size, result);
    return text_new_bytes(context, result, (size_t)algorithm->size);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("hash", 2, native_hash),
};

void hash_install(JSContext *context, JSValueConst native)
{
    JS_SetPropertyFunctionList(context, native, functions, countof(functions));
}
