# A program's man page: what it says of its options, with the page's own prose (man/<program>.roff) in its place.
execute_process(COMMAND "${PROGRAM}" --help-as man OUTPUT_VARIABLE page COMMAND_ERROR_IS_FATAL ANY)
file(READ "${PROSE}" prose)
# Pages may hold semicolons and brackets, which CMake lists would break: replace text, never a list.
string(REPLACE ".\\\" prose\n" "${prose}" page "${page}")
file(WRITE "${PAGE}" "${page}")
execute_process(COMMAND "${PROGRAM}" --help-as bash OUTPUT_VARIABLE completion COMMAND_ERROR_IS_FATAL ANY)
file(WRITE "${COMPLETION}" "${completion}")
