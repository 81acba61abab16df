// ends.cc: ways for a program to end by an exception; the first argument says which.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

static void promises() noexcept
{
    std::string().at(1);
}

int main(int, char **arguments)
{
    const std::string way = arguments[1];
    std::set_terminate(way == "handler" ? [] { puts("the handler"); fflush(stdout); _Exit(9); } : std::get_terminate());
    puts("begin");
    fflush(stdout);
    if (way == "noexcept")
        promises();
    throw std::runtime_error("nobody wants this");
}
