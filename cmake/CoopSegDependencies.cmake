# Finds the libraries and, for each that is missing, names the Debian package that holds it.

set(COOPSEG_MISSING "")
macro(coopseg_require debian_package name)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    list(APPEND COOPSEG_MISSING "${name} (Debian: ${debian_package})")
  endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
coopseg_require(libc6-dev Threads)
coopseg_require(libcli11-dev CLI11)
coopseg_require(nlohmann-json3-dev nlohmann_json)
coopseg_require(libfmt-dev fmt)
coopseg_require(libspdlog-dev spdlog)
coopseg_require(libtbb-dev TBB)
coopseg_require(libssl-dev OpenSSL COMPONENTS Crypto)
coopseg_require(libpng-dev PNG)
coopseg_require(zlib1g-dev ZLIB)
coopseg_require("libinsighttoolkit5-dev and libgdcm-dev" ITK
  COMPONENTS ITKCommon ITKImageGrid ITKImageFunction ITKBiasCorrection ITKThresholding ITKIONIFTI ITKDistanceMap
             ITKImageStatistics)
coopseg_require(libtorch-dev Torch)
if(COOPSEG_TESTS)
  coopseg_require("libgtest-dev and libgmock-dev" GTest)
endif()
if(COOPSEG_BENCHMARKS)
  coopseg_require(libbenchmark-dev benchmark)
endif()

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
find_path(DEFLATE_INCLUDE_DIR libdeflate.h)
find_library(DEFLATE_LIBRARY deflate)
# Charts of reports. Vega draws box plots, error bars and curves from a description of what they show (quartiles and
# axes are its own work), as SVG that stays sharp and takes the page's colours; BSD licence. Of Debian's other chart
# libraries Chart.js and Flot have no box plots, Dygraphs draws series alone, and D3 leaves the arithmetic to us.
find_path(VEGA_DIR vega-view.min.js PATHS /usr/share/javascript/vega)
if(NOT RANDOM123_INCLUDE_DIR)
  list(APPEND COOPSEG_MISSING "Random123 (Debian: librandom123-dev)")
endif()
if(NOT DEFLATE_INCLUDE_DIR OR NOT DEFLATE_LIBRARY)
  list(APPEND COOPSEG_MISSING "libdeflate (Debian: libdeflate-dev)")
endif()

if(NOT VEGA_DIR)
  list(APPEND COOPSEG_MISSING "Vega (Debian: libjs-vega)")
endif()

if(COOPSEG_MISSING)
  list(JOIN COOPSEG_MISSING "\n  " COOPSEG_MISSING)
  message(FATAL_ERROR "These libraries were not found:\n  ${COOPSEG_MISSING}\n"
    "Install them, or name their place with -D<Name>_DIR=. "
    "packages-debian.txt lists all that CoopSeg needs.")
endif()

add_library(coopseg_deflate INTERFACE)
target_include_directories(coopseg_deflate INTERFACE "${DEFLATE_INCLUDE_DIR}")
target_link_libraries(coopseg_deflate INTERFACE "${DEFLATE_LIBRARY}")

# ITK as one target; its own UseITK file would add to every folder's include path.
add_library(coopseg_itk INTERFACE)
target_include_directories(coopseg_itk SYSTEM INTERFACE ${ITK_INCLUDE_DIRS})
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(coopseg_itk INTERFACE "SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/itk_with_clang.h")
endif()
target_link_libraries(coopseg_itk INTERFACE ${ITK_LIBRARIES})

# A program loads LibTorch's CUDA part, where there is one, with the rest: nothing of ours refers to it by a symbol.
add_library(coopseg_torch INTERFACE)
target_link_libraries(coopseg_torch INTERFACE Torch::Torch)
if(TARGET Torch::CUDA)
  target_link_libraries(coopseg_torch INTERFACE Torch::CUDA)
endif()
message(STATUS "LibTorch ${Torch_VERSION}: ${Torch_torch_cpu_LIBRARY}")
