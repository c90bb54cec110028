# Builds with sanitizers (COOPSEG_SANITIZE), and what their tests need: options, longer limits and a word to the tests.
# With no sanitizer, limits are as written and nothing is added.

set(COOPSEG_TEST_SLOWNESS 1)
set(COOPSEG_TEST_ENVIRONMENT "")
if(COOPSEG_SANITIZE)
  # The first finding ends the program: one that is only printed would pass unseen.
  add_compile_options(-fsanitize=${COOPSEG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                      -D_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${COOPSEG_SANITIZE})
  add_compile_definitions(COOPSEG_SANITIZED) # programs end in full, so that leaks are looked for
  set(COOPSEG_TEST_SLOWNESS 6)
  # Tests that measure memory or time look at COOPSEG_SANITIZED and skip. 99 is an exit status that no test expects.
  list(APPEND COOPSEG_TEST_ENVIRONMENT "COOPSEG_SANITIZED=${COOPSEG_SANITIZE}")
  if(COOPSEG_SANITIZE MATCHES "address")
    # An abort becomes a report too: of the C++ library's assertions, and of undefined behaviour, which gcc's runtime
    # could tell to standard error alone.
    # gcc 12's runtime takes the thread-local variables of libraries that are opened late for other memory, and the
    # search for leaks at the end of a LibTorch program crashes there (LeakSanitizer: Tracer caught signal 11); it does
    # not with intercept_tls_get_addr=0, which leaves these variables out.
    string(JOIN ":" options exitcode=99 handle_abort=1 strict_string_checks=1 detect_stack_use_after_return=1
      intercept_tls_get_addr=0)
    list(APPEND COOPSEG_TEST_ENVIRONMENT "ASAN_OPTIONS=${options}")
  endif()
  if(COOPSEG_SANITIZE MATCHES "thread")
    # Four threads also where there are fewer processors. The tests worth running have the label `threads`: the work
    # that oneTBB divides, without LibTorch, whose OpenMP the sanitizer does not understand. Nothing needs to be
    # suppressed, see core/parallel.cpp.
    list(APPEND COOPSEG_TEST_ENVIRONMENT "COOPSEG_THREADS=4"
      "TSAN_OPTIONS=exitcode=99:halt_on_error=1")
  endif()
  list(APPEND COOPSEG_TEST_ENVIRONMENT "UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1")
endif()

# coopseg_settle_test(<test> SECONDS): what every test gets, its time limit among it.
function(coopseg_settle_test test seconds)
  math(EXPR limit "${seconds} * ${COOPSEG_TEST_SLOWNESS}")
  set_tests_properties(${test} PROPERTIES TIMEOUT ${limit})
  set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT ${COOPSEG_TEST_ENVIRONMENT})
endfunction()
