/*
 * mutex.h: std::mutex for libraries that want one where there is one thread, and libc++ has none (pybind11): to be included before anything
 * else (-include).
 */
#ifndef BELLJAR_CXX_MUTEX_H
#define BELLJAR_CXX_MUTEX_H

#ifdef __cplusplus
#include <mutex>

namespace std
{
class mutex
{
  public:
    void lock()
    {
    }
    void unlock()
    {
    }
    bool try_lock()
    {
        return true;
    }
};
} // namespace std
#endif

#endif
