/*
 * library.cc: C++'s own library on top of the calls: files, streams, containers, a name that is removed.
 */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

static void check(bool holds, const char *what)
{
    if (!holds) {
        std::cerr << "library.cc: " << what << " does not hold\n";
        std::exit(1);
    }
}

int main(int argc, char **argv)
{
    check(argc == 2, "a directory is given");
    const std::string path = std::string(argv[1]) + "/words";
    std::FILE *file = std::fopen(path.c_str(), "w+");
    check(file != nullptr, "opening");
    for (int i = 0; i < 5000; i++)
        std::fprintf(file, "word%d %d\n", i % 7, i);
    check(std::fseek(file, 0, SEEK_SET) == 0, "seeking");
    std::stringstream all;
    for (int c; (c = std::fgetc(file)) != EOF;)
        all << static_cast<char>(c);
    check(std::fclose(file) == 0, "closing");
    std::map<std::string, std::vector<int>> words;
    std::string word;
    for (int number; all >> word >> number;)
        words[word].push_back(number);
    check(words.size() == 7 && words["word3"].size() == 714, "reading");
    check(std::is_sorted(words["word5"].begin(), words["word5"].end()), "order");
    check(std::remove(path.c_str()) == 0 && std::fopen(path.c_str(), "r") == nullptr, "removing");
    std::cout << "ok" << std::endl;
    return 0;
}
