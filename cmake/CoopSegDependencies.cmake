# Finds the libraries. What is missing, or cannot be used, is said in one line, with what to install or to remove.

# coopseg_refuse(<text>): the end. A line that begins with blanks is not wrapped.
function(coopseg_refuse text)
  message(FATAL_ERROR "\n  CoopSeg: ${text}\n")
endfunction()

if(DEFINED COOPSEG_BUILD_VERSION AND NOT COOPSEG_BUILD_VERSION STREQUAL PROJECT_VERSION)
  coopseg_refuse("this build folder is of version ${COOPSEG_BUILD_VERSION}, the source of ${PROJECT_VERSION}; \
remove it: rm -r ${CMAKE_BINARY_DIR}")
endif()
set(COOPSEG_BUILD_VERSION "${PROJECT_VERSION}" CACHE INTERNAL "The version whose build folder this is")

# The youngest part of C++17 that CoopSeg uses, in GCC's library since version 11.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_QUIET ON)
check_cxx_source_compiles("#include <charconv>
  int main(int, char** text) { double x; return std::from_chars(text[0], text[0] + 1, x).ptr == text[0]; }"
  COOPSEG_COMPILER_SUFFICES)
if(NOT COOPSEG_COMPILER_SUFFICES)
  unset(COOPSEG_COMPILER_SUFFICES CACHE)
  coopseg_refuse("${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) lacks std::from_chars \
of C++17 for numbers with a fraction; install GCC 11 or newer (apt-get install g++) and name it with \
-DCMAKE_CXX_COMPILER= in a new build folder")
endif()

set(missing "")
set(missing_packages "")
# coopseg_require(<Debian packages> <name> ...): as find_package(<name> ...). What a package says of its own search is
# not for our users: Debian's GDCM names each tool that is not installed, in seven lines.
macro(coopseg_require debian_packages name)
  set(log_level "${CMAKE_MESSAGE_LOG_LEVEL}")
  set(CMAKE_MESSAGE_LOG_LEVEL WARNING)
  find_package(${name} ${ARGN} QUIET)
  set(CMAKE_MESSAGE_LOG_LEVEL "${log_level}")
  if(NOT ${name}_FOUND)
    list(APPEND missing ${name})
    list(APPEND missing_packages ${debian_packages})
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
coopseg_require("libinsighttoolkit5-dev;libgdcm-dev" ITK
  COMPONENTS ITKCommon ITKImageGrid ITKImageFunction ITKBiasCorrection ITKThresholding ITKIONIFTI ITKDistanceMap
             ITKImageStatistics)
coopseg_require(libhdf5-dev HDF5 COMPONENTS C)
coopseg_require(libprotobuf-dev Protobuf)  # in which ONNX is written
if(COOPSEG_NETWORKS)
  coopseg_require(libtorch-dev Torch)
endif()
if(COOPSEG_TESTS)
  coopseg_require("libgtest-dev;libgmock-dev" GTest)
endif()
if(COOPSEG_BENCHMARKS)
  coopseg_require(libbenchmark-dev benchmark)
endif()

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
find_path(DEFLATE_INCLUDE_DIR libdeflate.h)
find_library(DEFLATE_LIBRARY deflate)
find_path(ONNX_INCLUDE_DIR onnx/checker.h)
find_library(ONNX_LIBRARY onnx)
find_library(ONNX_PROTO_LIBRARY onnx_proto)
# Charts of reports. Vega draws box plots, error bars and curves from a description of what they show (quartiles and
# axes are its own work), as SVG that stays sharp and takes the page's colours; BSD licence. Of Debian's other chart
# libraries Chart.js and Flot have no box plots, Dygraphs draws series alone, and D3 leaves the arithmetic to us.
find_path(VEGA_DIR vega-view.min.js PATHS /usr/share/javascript/vega)
if(NOT RANDOM123_INCLUDE_DIR)
  list(APPEND missing Random123)
  list(APPEND missing_packages librandom123-dev)
endif()
if(NOT DEFLATE_INCLUDE_DIR OR NOT DEFLATE_LIBRARY)
  list(APPEND missing libdeflate)
  list(APPEND missing_packages libdeflate-dev)
endif()
if(NOT ONNX_INCLUDE_DIR OR NOT ONNX_LIBRARY OR NOT ONNX_PROTO_LIBRARY)
  list(APPEND missing ONNX)
  list(APPEND missing_packages libonnx-dev)
endif()
if(NOT VEGA_DIR)
  list(APPEND missing Vega)
  list(APPEND missing_packages libjs-vega)
endif()
if(COOPSEG_NETWORKS)
  find_path(GLOO_INCLUDE_DIR gloo/context.h)
  if(NOT GLOO_INCLUDE_DIR)
    list(APPEND missing Gloo)
    list(APPEND missing_packages libgloo-dev)
  endif()
endif()
if(missing)
  set(without_torch "")
  if("Torch" IN_LIST missing)
    set(without_torch "; what needs no LibTorch: -DCOOPSEG_NETWORKS=OFF")
  endif()
  list(JOIN missing ", " missing)
  list(JOIN missing_packages " " missing_packages)
  coopseg_refuse("not found: ${missing}; install: apt-get install ${missing_packages}${without_torch}")
endif()

add_library(coopseg_deflate INTERFACE)
target_include_directories(coopseg_deflate INTERFACE "${DEFLATE_INCLUDE_DIR}")
target_link_libraries(coopseg_deflate INTERFACE "${DEFLATE_LIBRARY}")

# Debian's own configuration names files of a package that nobody needs, and must be told apart from LibTorch's.
add_library(coopseg_onnx_library INTERFACE)
target_include_directories(coopseg_onnx_library SYSTEM INTERFACE "${ONNX_INCLUDE_DIR}")
target_link_libraries(coopseg_onnx_library INTERFACE "${ONNX_LIBRARY}" "${ONNX_PROTO_LIBRARY}" protobuf::libprotobuf)

# ITK as one target; its own UseITK file would add to every folder's include path.
add_library(coopseg_itk INTERFACE)
target_include_directories(coopseg_itk SYSTEM INTERFACE ${ITK_INCLUDE_DIRS})
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(coopseg_itk INTERFACE "SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/itk_with_clang.h")
endif()
target_link_libraries(coopseg_itk INTERFACE ${ITK_LIBRARIES})

if(NOT COOPSEG_NETWORKS)
  return()
endif()
# A program loads LibTorch's CUDA part, where there is one, with the rest: nothing of ours refers to it by a symbol.
add_library(coopseg_torch INTERFACE)
target_link_libraries(coopseg_torch INTERFACE Torch::Torch)
# at::parallel_for stands in headers, and uses one thread where the compiler does not know OpenMP. LibTorch itself brings
# GCC's library.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(coopseg_torch INTERFACE -fopenmp)
  target_link_options(coopseg_torch INTERFACE -fopenmp)
else()
  message(WARNING "Only with GCC do the toolkit's own norms and convolutions use several threads")
endif()
if(TARGET Torch::CUDA)
  target_link_libraries(coopseg_torch INTERFACE Torch::CUDA)
endif()
message(STATUS "LibTorch ${Torch_VERSION}: ${Torch_torch_cpu_LIBRARY}")

# Debian's LibTorch takes the BLAS of the system, the reference BLAS where there is no other: correct, and more than ten
# times slower. Others bring their own, or were built without one.
file(STRINGS "${Torch_INCLUDE_DIR}/ATen/Config.h" no_blas REGEX "define AT_BUILD_WITH_BLAS\\(\\) 0")
execute_process(COMMAND ldd "${Torch_torch_cpu_LIBRARY}" OUTPUT_VARIABLE loaded)
string(REGEX MATCH "libblas\\.so[^ ]* => ([^ \n]*)" blas "${loaded}")
if(blas)
  get_filename_component(blas "${CMAKE_MATCH_1}" REALPATH)
endif()
if(no_blas)
  coopseg_refuse("${Torch_torch_cpu_LIBRARY} was built without a BLAS; install another: apt-get install libtorch-dev \
libopenblas0-openmp")
elseif(blas MATCHES "/blas/libblas\\.so" AND NOT COOPSEG_SLOW_BLAS)
  coopseg_refuse("LibTorch would use the reference BLAS, ten times too slow; install another: apt-get install \
libopenblas0-openmp (or go on with -DCOOPSEG_SLOW_BLAS=ON)")
endif()
