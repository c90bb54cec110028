# What each kind of target reads once; see coopseg_precompile().
set(json <filesystem> <functional> <map> <memory> <optional> <string> <vector> <nlohmann/json.hpp>)
set(tests ${json} <gmock/gmock.h> <gtest/gtest.h>)
set(torch "${PROJECT_SOURCE_DIR}/lib/coopseg/network/libtorch.h")
set(libraries nlohmann_json::nlohmann_json fmt::fmt)

coopseg_precompile(room HEADERS ${json} <fmt/format.h> LIBRARIES ${libraries})
coopseg_precompile(room_with_torch HEADERS ${json} <fmt/format.h> "${torch}" LIBRARIES ${libraries} coopseg_torch)
coopseg_precompile(program HEADERS ${json} <fmt/format.h> LIBRARIES ${libraries} OPTIONS ${COOPSEG_QUICK_COMPILE})
if(COOPSEG_TESTS)
  coopseg_precompile(test HEADERS ${tests} LIBRARIES ${libraries} GTest::gmock OPTIONS ${COOPSEG_QUICK_COMPILE})
  coopseg_precompile(test_with_torch HEADERS ${tests} "${torch}" LIBRARIES ${libraries} GTest::gmock coopseg_torch
    OPTIONS ${COOPSEG_QUICK_COMPILE})
endif()
