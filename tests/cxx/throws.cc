// throws.cc: what C++ does with exceptions, a line for each thing; natively the same.
#include <any>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <variant>
#include <vector>

extern "C" int through_c(int (*function)(void *), void *argument);

namespace {

int alive;
char *volatile kept_from_optimiser;

struct Life {
    Life() { alive++; }
    Life(const Life &) { alive++; }
    ~Life() { alive--; }
};

struct Mine : std::runtime_error {
    int code;
    Life life;
    explicit Mine(int c) : std::runtime_error("mine"), code(c) {}
};

struct Base {
    virtual ~Base() = default;
    int value = 7;
};
struct Left : virtual Base {};
struct Right : virtual Base {};
struct Both : Left, Right {};

[[gnu::noinline]] int deep(int depth, int code)
{
    Life life;
    std::string text(static_cast<size_t>(40 + depth), 'x');
    if (depth == 0) {
        if (code < 0)
            throw std::out_of_range(text);
        throw Mine(code);
    }
    return deep(depth - 1, code) + static_cast<int>(text.size());
}

// What is thrown by `function`, in words.
template <typename Function> std::string thrown_by(Function function)
{
    try {
        function();
    } catch (const Mine &m) {
        return "Mine " + std::to_string(m.code);
    } catch (const std::ios_base::failure &) {
        return "failure";
    } catch (const std::logic_error &e) {
        return dynamic_cast<const std::out_of_range *>(&e) ? "out_of_range" : "logic_error";
    } catch (const std::exception &) {
        return "exception";
    } catch (Base &b) {
        return "Base " + std::to_string(b.value);
    } catch (Right *r) {
        return r ? "Right" : "null";
    } catch (long) {
        return "long";
    } catch (int i) {
        return "int " + std::to_string(i);
    } catch (const char *text) {
        return text;
    } catch (...) {
        return "something";
    }
    return "nothing";
}

void by_type()
{
    printf("types: %s, %s, %s, %s, %s, %s, %s\n", thrown_by([] { deep(20, 5); }).c_str(),
           thrown_by([] { deep(3, -1); }).c_str(), thrown_by([] { throw Both(); }).c_str(),
           thrown_by([] { throw static_cast<Both *>(nullptr); }).c_str(), thrown_by([] { throw 42; }).c_str(),
           thrown_by([] { throw "text"; }).c_str(), thrown_by([] { throw 2.5; }).c_str());
    printf("alive: %d\n", alive);
}

void again()
{
    try {
        try {
            deep(2, 9);
        } catch (Mine &m) {
            m.code++;
            throw;
        }
    } catch (std::exception &e) {
        printf("rethrown: %d\n", static_cast<Mine &>(e).code);
    }
    try {
        try {
            deep(2, 1);
        } catch (...) {
            std::throw_with_nested(std::logic_error("outer"));
        }
    } catch (std::exception &e) {
        printf("nested: %s in %s\n", thrown_by([&e] { std::rethrow_if_nested(e); }).c_str(), e.what());
    }
    try {
        throw 1;
    } catch (int outer) {
        try {
            throw 'c';
        } catch (char inner) {
            printf("inside a handler: %c in %d\n", inner, outer);
        }
    }
    std::exception_ptr kept;
    try {
        deep(1, 3);
    } catch (...) {
        kept = std::current_exception();
    }
    printf("kept: %d alive", alive);
    std::exception_ptr copy = kept;
    kept = nullptr;
    printf(", %s", thrown_by([&copy] { std::rethrow_exception(copy); }).c_str());
    copy = nullptr;
    printf(", %d alive\n", alive);
}

void while_unwinding()
{
    struct Watch {
        int *seen;
        ~Watch()
        {
            *seen = std::uncaught_exceptions();
            try {
                throw 1;
            } catch (int) {
            }
        }
    };
    int seen = -1;
    try {
        Watch watch{&seen};
        throw 2.0;
    } catch (double d) {
        printf("unwinding: %d, then %.1f, %d left\n", seen, d, std::uncaught_exceptions());
    }
}

void across_c()
{
    int value = 6;
    auto fine = [](void *p) { return *static_cast<int *>(p); };
    auto fails = [](void *) -> int { throw Mine(8); };
    printf("across C: %d, %s\n", through_c(fine, &value), thrown_by([fails] { through_c(fails, nullptr); }).c_str());
    auto compare = [](const void *, const void *) -> int { throw 5; };
    int numbers[4] = {4, 3, 2, 1};
    printf("across qsort: %s\n", thrown_by([&] { qsort(numbers, 4, sizeof *numbers, compare); }).c_str());
}

int whole_function(int x)
try {
    if (x)
        throw x;
    return 0;
} catch (int y) {
    return y * 2;
}

struct Constructed {
    Life life;
    explicit Constructed(bool fails)
    try : life() {
        if (fails)
            throw 8;
    } catch (int) {
        // goes on by itself
    }
};

struct Counted {
    Life life;
    explicit Counted(int n)
    {
        if (n == 3)
            throw n;
    }
};

void construction()
{
    printf("functions: %d %d\n", whole_function(4), whole_function(0));
    printf("constructors: %s, %s, %d alive\n", thrown_by([] { Constructed c(true); }).c_str(),
           thrown_by([] { Counted list[5] = {Counted(1), Counted(2), Counted(3), Counted(4), Counted(5)}; (void)list; }).c_str(),
           alive);
    static int tries;
    struct Late {
        Late()
        {
            if (tries++ == 0)
                throw 1;
        }
    };
    auto get = [] { static Late late; return tries; };
    printf("a static: %s, ", thrown_by([&] { get(); }).c_str());
    printf("%d tries\n", get());
}

void library()
{
    std::vector<int> three(3);
    std::string abc("abc");
    std::any one = 1;
    std::variant<int, char> either = 1;
    Base base;
    Base *none = nullptr;
    printf("library: %s %s %s %s %s %s %s %s %s %s %s\n", thrown_by([&] { (void)three.at(7); }).c_str(),
           thrown_by([&] { (void)abc.substr(9); }).c_str(),
           thrown_by([&] { three.reserve(static_cast<size_t>(-1)); }).c_str(),
           thrown_by([] { std::function<void()>()(); }).c_str(), thrown_by([] { (void)std::stoi("zz"); }).c_str(),
           thrown_by([] { (void)std::map<int, int>().at(1); }).c_str(),
           thrown_by([&] { (void)std::any_cast<double>(one); }).c_str(),
           thrown_by([&] { (void)std::get<char>(either); }).c_str(),
           thrown_by([&] { (void)dynamic_cast<Both &>(base); }).c_str(), thrown_by([&] { (void)typeid(*none); }).c_str(),
           thrown_by([] { (void)std::optional<int>().value(); }).c_str());
    std::istringstream in("x");
    in.exceptions(std::ios::failbit);
    int number = 0;
    printf("streams: %s\n", thrown_by([&] { in >> number; }).c_str());
    volatile size_t most = static_cast<size_t>(-1) / 2 - 100;
    printf("no room: %s, ", thrown_by([&] { kept_from_optimiser = new char[most]; }).c_str());
    kept_from_optimiser = new (std::nothrow) char[most];
    printf("%d\n", kept_from_optimiser == nullptr);
}

thread_local std::vector<std::string> mine_alone{"first"};

void own_to_the_thread()
{
    try {
        mine_alone.push_back("second");
        throw static_cast<int>(mine_alone.size());
    } catch (int size) {
        printf("thread_local: %d %s\n", size, mine_alone.back().c_str());
    }
}

} // namespace

int main()
{
    by_type();
    again();
    while_unwinding();
    across_c();
    construction();
    library();
    own_to_the_thread();
    int sum = 0;
    for (int i = 0; i < 20000; i++)
        try {
            deep(2, i);
        } catch (const Mine &m) {
            sum += m.code % 7;
        }
    printf("often: %d, %d alive\n", sum, alive);
    return 3;
}
