// both.cc: exceptions and setjmp in one program: neither sees the other.
#include <csetjmp>
#include <cstdio>
#include <stdexcept>

static jmp_buf place;
static int destroyed, caught;

struct Counts {
    ~Counts() { destroyed++; }
};

[[gnu::noinline]] static void throws()
{
    Counts counts;
    throw std::runtime_error("thrown");
}

[[gnu::noinline]] static void jumps()
{
    longjmp(place, 3);
}

static void catches_one()
{
    try {
        throws();
    } catch (const std::exception &) {
        caught++;
    }
}

int main()
{
    const int got = setjmp(place);
    if (got == 0) {
        catches_one();
        try {
            jumps();
        } catch (...) {
            puts("a jump was caught");
        }
    }
    catches_one();
    printf("%d, %d caught, %d destroyed\n", got, caught, destroyed);
}
