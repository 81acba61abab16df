/*
 * uncaught.cc: around main. Without it an exception that main lets out ends the module as a trap that tells nothing of it; with it
 * std::terminate says its type and text on stderr, and aborts.
 */
#include <exception>

extern "C" int __real___main_void(void);

extern "C" int __wrap___main_void(void)
{
    try {
        return __real___main_void();
    } catch (...) {
        std::terminate();
    }
}
