// program.cc: what the programs of all toolchains do (run.py says what it is), as C++ has it.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

static std::string names(const char *path)
{
    std::vector<std::string> found;
    std::string all;
    DIR *directory = opendir(path);
    while (const dirent *entry = directory ? readdir(directory) : nullptr)
        if (entry->d_name[0] != '.')
            found.push_back(entry->d_name);
    std::sort(found.begin(), found.end());
    for (const auto &name : found)
        all += (all.empty() ? "" : " ") + name;
    return all;
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static std::string get(const char *path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

static bool put(const char *path, const char *text)
{
    std::ofstream file(path);
    file << text;
    file.close();
    return !file.fail();
}

int main(int argc, char **argv)
{
    std::cout << std::boolalpha;
    for (int i = 1; i < argc; i++)
        std::cout << argv[i] << (i + 1 < argc ? ' ' : '\n');
    std::cout << std::getenv("NAME") << '\n' << names("/data") << '\n';
    const std::string text = get("/data/sub/b.txt");
    std::cout << text << ' ' << !text.empty() << '\n';
    std::cout << "refused " << !put("/data/a.txt", "changed") << '\n';
    const bool made = put("made", "by a relative name");
    std::cout << get("/work/made") << ' ' << made << '\n';
    std::cout << "missing " << !exists("missing") << '\n';
    const bool moved = mkdir("folder", 0755) == 0 && std::rename("made", "folder/moved") == 0;
    std::cout << names("folder") << ' ' << moved << '\n';
    std::cout << "outside " << !exists("/data/../../etc/passwd") << std::endl;
    return 7;
}
