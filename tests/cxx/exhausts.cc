// exhausts.cc: what is left where memory is used up: std::bad_alloc, and all that a handler wants.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

static char *volatile kept_from_optimiser;

struct Block {
    Block *next;
};

int main()
{
    size_t megabytes = 0;
    std::vector<char *> held;
    try {
        for (;; megabytes++)
            held.push_back(new char[1 << 20]);
    } catch (const std::bad_alloc &) {
        printf("bad_alloc after some: %d\n", megabytes > 8 && megabytes < 32);
    }
    for (char *block : held)
        delete[] block;
    held.clear();

    // Not a byte more: the exception itself comes from the pool that the runtime keeps for that.
    Block *list = nullptr;
    for (size_t size = 1 << 20; size >= 16; size /= 2)
        while (Block *block = static_cast<Block *>(malloc(size))) {
            block->next = list;
            list = block;
        }
    int caught = 0;
    for (int i = 0; i < 100; i++)
        try {
            kept_from_optimiser = new char[4096];
        } catch (const std::bad_alloc &) {
            caught++;
        }
    while (list) {
        Block *next = list->next;
        free(list);
        list = next;
    }
    printf("with nothing left: %d\n", caught);
    printf("afterwards: %s\n", std::string(100000, 'x').substr(99990).c_str());
}
