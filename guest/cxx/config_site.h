/*
 * config_site.h: how libc++ is set up for the guests; installed as <__config_site>. One thread, wasi-libc (which is musl's), no
 * std::filesystem but its paths.
 */
#ifndef _LIBCPP___CONFIG_SITE
#define _LIBCPP___CONFIG_SITE

#define _LIBCPP_ABI_VERSION                         1
#define _LIBCPP_ABI_NAMESPACE                       __1
#define _LIBCPP_ABI_FORCE_ITANIUM                   0
#define _LIBCPP_ABI_FORCE_MICROSOFT                 0
#define _LIBCPP_HAS_THREADS                         0
#define _LIBCPP_HAS_MONOTONIC_CLOCK                 1
#define _LIBCPP_HAS_TERMINAL                        1
#define _LIBCPP_HAS_MUSL_LIBC                       1
#define _LIBCPP_HAS_THREAD_API_PTHREAD              0
#define _LIBCPP_HAS_THREAD_API_EXTERNAL             0
#define _LIBCPP_HAS_THREAD_API_WIN32                0
#define _LIBCPP_HAS_THREAD_API_C11                  0
#define _LIBCPP_HAS_VENDOR_AVAILABILITY_ANNOTATIONS 0
#define _LIBCPP_HAS_FILESYSTEM                      0
#define _LIBCPP_HAS_RANDOM_DEVICE                   1
#define _LIBCPP_HAS_LOCALIZATION                    1
#define _LIBCPP_HAS_UNICODE                         1
#define _LIBCPP_HAS_WIDE_CHARACTERS                 1
#define _LIBCPP_HAS_TIME_ZONE_DATABASE              0
#define _LIBCPP_INSTRUMENTED_WITH_ASAN              0
#define _LIBCPP_PSTL_BACKEND_SERIAL
#define _LIBCPP_HARDENING_MODE_DEFAULT     2
#define _LIBCPP_ASSERTION_SEMANTIC_DEFAULT 2
#define _LIBCPP_LIBC_PICOLIBC              0
#define _LIBCPP_LIBC_NEWLIB                0

#endif
