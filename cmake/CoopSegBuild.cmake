# How everything is compiled, and the functions that declare a room, a program and a test.

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

# Programs find their libraries beside themselves, in the build tree as after installation.
set(COOPSEG_LIBRARY_FOLDER "${CMAKE_INSTALL_LIBDIR}/coopseg")
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN;$ORIGIN/../${COOPSEG_LIBRARY_FOLDER}")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers need the cache's leave.
  set(launcher "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE_PROGRAM}")
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# mold links a LibTorch program more than ten times faster than bfd.
find_program(MOLD_PROGRAM NAMES mold ld.mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

add_library(coopseg_options INTERFACE)
target_include_directories(coopseg_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(coopseg_options INTERFACE cxx_std_17)
add_library(coopseg_warnings INTERFACE)
target_compile_options(coopseg_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor)
if(COOPSEG_WERROR)
  target_compile_options(coopseg_warnings INTERFACE -Werror)
endif()
if(COOPSEG_FUZZ)
  # Every branch taken is told to the fuzzer; its main() comes with the targets of tests/fuzz.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# For targets whose own code takes no time: little optimisation, in release builds, and a third of the compiler's time.
set(COOPSEG_QUICK_COMPILE $<$<CONFIG:Release>:-O1>)

# Reading the headers of other people costs more than compiling our files, so each kind of target reads them once. A
# precompiled header serves only targets that are compiled with the same options: rooms, programs and tests have one
# each, and rooms and tests with LibTorch another.
# coopseg_precompile(room HEADERS <json> ... [LIBRARIES ...] [OPTIONS ...])
function(coopseg_precompile kind)
  cmake_parse_arguments(ARG "" "" "HEADERS;LIBRARIES;OPTIONS" ${ARGN})
  if(NOT COOPSEG_PRECOMPILE)
    return()
  endif()
  # Position-independent as what uses it is: objects of a library, or of a program.
  set(source "${CMAKE_BINARY_DIR}/generated/precompiled_${kind}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "int main() {}\n")
  if(kind MATCHES "^room")
    add_library(coopseg_precompiled_${kind} OBJECT "${source}")
  else()
    add_executable(coopseg_precompiled_${kind} EXCLUDE_FROM_ALL "${source}")
    set_target_properties(coopseg_precompiled_${kind} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/generated")
  endif()
  target_link_libraries(coopseg_precompiled_${kind} PRIVATE coopseg_options ${ARG_LIBRARIES})
  target_compile_options(coopseg_precompiled_${kind} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(coopseg_precompiled_${kind} PRIVATE ${ARG_HEADERS})
endfunction()

# coopseg_use_precompiled(<target> <kind>)
function(coopseg_use_precompiled target kind)
  if(NOT COOPSEG_PRECOMPILE)
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM coopseg_precompiled_${kind})
  # So that the cache of the compiler can tell one precompiled header from another.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# What does not fit is found when a library is opened, not when a function is called; see core/late_library.cpp.
add_link_options(-Wl,-z,now)

# coopseg_room(core SOURCES a.cpp ... [PUBLIC targets ...] [PRIVATE targets ...])
# One folder of lib/coopseg: target coopseg_<room>, alias coopseg::<room>.
function(coopseg_room room)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(coopseg_${room} SHARED ${ARG_SOURCES})
  add_library(coopseg::${room} ALIAS coopseg_${room})
  set_target_properties(coopseg_${room} PROPERTIES EXPORT_NAME ${room} VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_link_libraries(coopseg_${room} PUBLIC coopseg_options ${ARG_PUBLIC}
    PRIVATE $<BUILD_INTERFACE:coopseg_warnings> ${ARG_PRIVATE})
  set_target_properties(coopseg_${room} PROPERTIES UNITY_BUILD ${COOPSEG_UNITY} UNITY_BUILD_BATCH_SIZE 6)
  if("coopseg_torch" IN_LIST ARG_PUBLIC OR "coopseg_torch" IN_LIST ARG_PRIVATE)
    coopseg_use_precompiled(coopseg_${room} room_with_torch)
    set_property(TARGET coopseg_${room} APPEND PROPERTY INSTALL_RPATH ${Torch_RPATH})
  else()
    coopseg_use_precompiled(coopseg_${room} room)
  endif()
endfunction()

# coopseg_program(cs-dice [NETWORKS] SOURCES cs_dice.cpp LIBRARIES coopseg::metric ...)
# NETWORKS: it trains or runs networks. A build without them leaves it out.
function(coopseg_program name)
  cmake_parse_arguments(ARG "NETWORKS" "" "SOURCES;LIBRARIES" ${ARGN})
  if(ARG_NETWORKS)
    set_property(GLOBAL APPEND PROPERTY COOPSEG_NETWORK_PROGRAMS ${name})
    if(NOT COOPSEG_NETWORKS)
      return()
    endif()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE coopseg::core ${ARG_LIBRARIES} coopseg_warnings)
  # Programs read options and call the libraries: nothing in them is worth the compiler's time.
  target_compile_options(${name} PRIVATE ${COOPSEG_QUICK_COMPILE})
  coopseg_use_precompiled(${name} program)
  set_property(GLOBAL APPEND PROPERTY COOPSEG_PROGRAMS ${name})
endfunction()

# coopseg_linked_rooms(<target> <variable>): the rooms that it may use, by what it and its libraries say they link.
function(coopseg_linked_rooms target variable)
  set(rooms "")
  foreach(property IN ITEMS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
    get_target_property(libraries ${target} ${property})
    foreach(library IN LISTS libraries)
      if(library MATCHES "^coopseg::(.*)")
        list(APPEND rooms ${CMAKE_MATCH_1})
      elseif(NOT library STREQUAL "coopseg_app_parts")
        continue()
      endif()
      get_target_property(next ${library} INTERFACE_LINK_LIBRARIES)
      foreach(room IN LISTS next)
        if(room MATCHES "^coopseg::(.*)")
          list(APPEND rooms ${CMAKE_MATCH_1})
          coopseg_linked_rooms(${room} below)
          list(APPEND rooms ${below})
        endif()
      endforeach()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES rooms)
  set(${variable} "${rooms}" PARENT_SCOPE)
endfunction()

# coopseg_test(<name> SOURCES a_test.cpp ... LIBRARIES ... [LABELS unit])
# One GoogleTest program, one ctest entry: starting a LibTorch program once per case would cost more than the tests.
function(coopseg_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${name} PRIVATE COOPSEG_GOLDEN_DIR_DEFAULT="${COOPSEG_GOLDEN_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} coopseg_warnings GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${COOPSEG_QUICK_COMPILE})
  if("coopseg::network" IN_LIST ARG_LIBRARIES)
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support/fresh_state.cpp")
    coopseg_use_precompiled(${name} test_with_torch)
  else()
    coopseg_use_precompiled(${name} test)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "OMP_WAIT_POLICY=passive")
  coopseg_settle_test(${name} 900)
endfunction()
