/* chance.h -- numbers that look like chance, the same for the same seed (splitmix64). */
#ifndef OPS_TESTS_CHANCE_H
#define OPS_TESTS_CHANCE_H

#include <stdint.h>

typedef struct Chance { uint64_t state; } Chance;

static inline uint64_t chance(Chance *c, uint64_t below)
{
    uint64_t z = (c->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

#endif
