# Makes the manual page and the completion scripts from the command's own tables:
#
#     cmake -DBELLJAR=build/belljar -DVERSION=0.1.0 -DOUTPUT=build/generated -P packaging/generate.cmake
#
# OUTPUT then holds belljar.1, and belljar.bash, _belljar (zsh) and belljar.fish.
cmake_minimum_required(VERSION 3.25)

function(ask variable)
    execute_process(COMMAND ${BELLJAR} ${ARGN} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()

file(MAKE_DIRECTORY "${OUTPUT}")

ask(commands manual)
string(STRIP "${commands}" commands)
file(READ "${CMAKE_CURRENT_LIST_DIR}/belljar.1.in" page)
string(REPLACE "@VERSION@" "${VERSION}" page "${page}")
string(REPLACE "@COMMANDS@" "${commands}" page "${page}")
file(WRITE "${OUTPUT}/belljar.1" "${page}")

ask(bash completion bash)
file(WRITE "${OUTPUT}/belljar.bash" "${bash}")
ask(zsh completion zsh)
file(WRITE "${OUTPUT}/_belljar" "${zsh}")
ask(fish completion fish)
file(WRITE "${OUTPUT}/belljar.fish" "${fish}")
