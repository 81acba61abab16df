// words.cc: a program full of the standard library, for its results and not its exceptions; natively the same.
#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <cmath>
#include <complex>
#include <cstdint>
#include <deque>
#include <functional>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

const std::string text = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of "
                         "foolishness, it was the epoch of belief, it was the epoch of incredulity";

void count_words()
{
    std::unordered_map<std::string, int> counts;
    const std::regex word("[a-zA-Z]+");
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
        std::string lower = at->str();
        std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
        counts[lower]++;
    }
    std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto &a, const auto &b) { return std::tie(b.second, a.first) < std::tie(a.second, b.first); });
    for (const auto &[name, count] : sorted)
        std::cout << std::setw(12) << std::left << name << count << '\n';
    std::cout << std::regex_replace(text, std::regex("(\\w+) of (\\w+)"), "$2's $1") << '\n';
}

struct Expression;
using Node = std::variant<double, std::unique_ptr<Expression>>;
struct Expression {
    char op;
    Node left, right;
};

double value_of(const Node &node)
{
    return std::visit(
        [](const auto &it) -> double {
            if constexpr (std::is_same_v<std::decay_t<decltype(it)>, double>) {
                return it;
            } else {
                static const std::map<char, std::function<double(double, double)>> operators = {
                    {'+', std::plus<>()}, {'-', std::minus<>()}, {'*', std::multiplies<>()}, {'/', [](double a, double b) {
                         if (b == 0)
                             throw std::domain_error("division by zero");
                         return a / b;
                     }}};
                return operators.at(it->op)(value_of(it->left), value_of(it->right));
            }
        },
        node);
}

// Reverse Polish.
std::optional<double> evaluate(std::string_view source)
{
    std::vector<Node> stack;
    std::istringstream in{std::string(source)};
    for (std::string token; in >> token;) {
        double number;
        const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
        if (error == std::errc() && end == token.data() + token.size()) {
            stack.emplace_back(number);
            continue;
        }
        if (stack.size() < 2)
            return std::nullopt;
        auto made = std::make_unique<Expression>();
        made->op = token[0];
        made->right = std::move(stack.back());
        stack.pop_back();
        made->left = std::move(stack.back());
        stack.back() = std::move(made);
    }
    try {
        return stack.size() == 1 ? std::optional(value_of(stack[0])) : std::nullopt;
    } catch (const std::logic_error &e) {
        std::cout << "(" << (dynamic_cast<const std::domain_error *>(&e) ? e.what() : "no such operator") << ") ";
        return std::nullopt;
    }
}

void calculate()
{
    for (const char *source : {"1 2 +", "3 4 * 5 -", "1 0 /", "2 3 ^", "+", "1.5 4 / 2e3 *"}) {
        const auto value = evaluate(source);
        std::cout << source << " = " << (value ? std::to_string(*value) : "nothing") << '\n';
    }
}

void find_ways()
{
    std::mt19937 random(7);
    std::vector<std::vector<std::pair<int, int>>> graph(200);
    for (int from = 0; from < 200; from++)
        for (int i = 0; i < 4; i++) {
            const int to = static_cast<int>(random() % 200), weight = static_cast<int>(random() % 50 + 1);
            graph[static_cast<size_t>(from)].emplace_back(to, weight);
        }
    std::vector<int> distance(200, 1 << 30);
    std::priority_queue<std::pair<int, int>, std::vector<std::pair<int, int>>, std::greater<>> queue;
    queue.emplace(distance[0] = 0, 0);
    while (!queue.empty()) {
        const auto [far, from] = queue.top();
        queue.pop();
        for (const auto &[to, length] : graph[static_cast<size_t>(from)])
            if (far + length < distance[static_cast<size_t>(to)])
                queue.emplace(distance[static_cast<size_t>(to)] = far + length, to);
    }
    std::sort(distance.begin(), distance.end());
    std::copy(distance.begin(), distance.begin() + 20, std::ostream_iterator<int>(std::cout, " "));
    std::cout << '\n';
}

void numbers()
{
    std::vector<std::uint64_t> list(5000);
    std::mt19937_64 random(42);
    std::generate(list.begin(), list.end(), std::ref(random));
    std::stable_sort(list.begin(), list.end(), [](auto a, auto b) { return a % 1000 < b % 1000; });
    std::cout << std::hex << list[17] << ' ' << std::accumulate(list.begin(), list.end(), std::uint64_t{0}) << std::dec << '\n';
    std::set<int> even;
    for (auto number : list)
        if (number % 2 == 0)
            even.insert(static_cast<int>(number % 97));
    std::list<int> backwards(even.rbegin(), even.rend());
    std::deque<int> rotated(backwards.begin(), backwards.end());
    std::rotate(rotated.begin(), rotated.begin() + 10, rotated.end());
    std::cout << rotated.front() << ' ' << rotated.back() << ' ' << std::bitset<16>(0xbeef) << '\n';
    const std::complex<double> root = std::sqrt(std::complex<double>(-3, 4));
    std::cout << std::fixed << std::setprecision(6) << root.real() << ' ' << root.imag() << ' ' << std::hypot(3.0, 4.0) << ' '
              << std::scientific << std::tgamma(10.5) << '\n';
}

} // namespace

int main()
{
    count_words();
    calculate();
    find_ways();
    numbers();
}
