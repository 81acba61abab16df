// program.go: what the programs of all toolchains do (run.py says what it is), as Go has it.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

func names(path string) string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return strings.Join(all, " ")
}

func main() {
	fmt.Println(strings.Join(os.Args[1:], " "))
	fmt.Println(os.Getenv("NAME"))
	fmt.Println(names("/data"))
	text, err := os.ReadFile("/data/sub/b.txt")
	fmt.Println(string(text), err == nil)
	err = os.WriteFile("/data/a.txt", []byte("changed"), 0o644)
	fmt.Println("refused", err != nil)
	err = os.WriteFile("made", []byte("by a relative name"), 0o644)
	text, _ = os.ReadFile("/work/made")
	fmt.Println(string(text), err == nil)
	_, err = os.Stat("missing")
	fmt.Println("missing", errors.Is(err, fs.ErrNotExist))
	err = os.Mkdir("folder", 0o755)
	renamed := os.Rename("made", "folder/moved")
	fmt.Println(names("folder"), err == nil && renamed == nil)
	_, err = os.Stat("/data/../../etc/passwd")
	fmt.Println("outside", err != nil)
	os.Exit(7)
}
