// adds.cc: an interpreter in C++ (guest/belljar_guest.h) that throws: it adds the numbers that it is given, line by line, to what it
// has already. What is no number is an exception of its own, which becomes the error of the eval; "out" lets one out.
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "belljar_guest.h"

#define EXPORT(name) extern "C" __attribute__((export_name(name), used))

namespace {

struct Result {
    uint32_t status, exit_code, type, type_size, message, message_size, traceback, traceback_size, value, value_size, repr, repr_size;
};
static_assert(sizeof(Result) == BELLJAR_RESULT_BYTES);

std::map<std::string, long> *named; // made by init, so that an image holds it
Result result;
std::string source, message, value;

uint32_t address(const std::string &text)
{
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(text.data()));
}

long added(const std::string &line)
{
    if (line == "out")
        throw 17;
    size_t end = 0;
    const long number = std::stol(line, &end);
    if (end != line.size())
        throw std::domain_error("trailing: " + line.substr(end));
    return (*named)["sum"] += number;
}

void evaluate()
{
    static const std::string type = "Exception";
    try {
        std::istringstream in(source);
        long sum = 0;
        for (std::string line; std::getline(in, line);)
            sum = added(line);
        value = std::to_string(sum);
        result.status = BELLJAR_STATUS_OK;
        result.value = result.repr = address(value);
        result.value_size = result.repr_size = static_cast<uint32_t>(value.size());
    } catch (const std::exception &e) {
        message = e.what();
        result.status = BELLJAR_STATUS_ERROR;
        result.type = address(type);
        result.type_size = static_cast<uint32_t>(type.size());
        result.message = address(message);
        result.message_size = static_cast<uint32_t>(message.size());
    }
}

} // namespace

EXPORT(BELLJAR_EXPORT_ABI) int abi()
{
    return BELLJAR_GUEST_ABI;
}

// Throws and catches, so that the image is of a program that has done so.
EXPORT(BELLJAR_EXPORT_INIT) int init()
{
    named = new std::map<std::string, long>{{"sum", 1000}};
    source = "20\nx\n";
    result = {};
    evaluate();
    return result.status == BELLJAR_STATUS_ERROR ? 0 : -1;
}

EXPORT(BELLJAR_EXPORT_THAW) int thaw()
{
    return 0;
}

EXPORT(BELLJAR_EXPORT_ALLOC) char *alloc(uint32_t size)
{
    source.assign(size, 0);
    return source.data();
}

EXPORT(BELLJAR_EXPORT_EVAL) Result *eval(const char *, uint32_t, uint32_t)
{
    result = {};
    evaluate();
    return &result;
}
