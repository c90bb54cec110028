# Finds LibTorch: Debian's, an unpacked libtorch, or the one in PyPI's torch wheel.
#
#   Torch_DIR            folder of its TorchConfig.cmake, as for find_package in general; then no other place is searched
#   Torch_FOUND, Torch_VERSION, Torch_INCLUDE_DIR
#   Torch::Torch         its headers and the libraries to link
#   Torch_RPATH          where installed programs look for it; empty if they find it anyway
#   Torch::CUDA          its CUDA part, where it has one; without it there is no GPU; of ours its symbols are needed by Torch::NCCL alone
#   Torch::NCCL          what connects several GPUs, where that part has it and the headers of NCCL and CUDA are there
#
# LibTorch's own CMake package is not asked: for a CUDA build it demands the CUDA toolkit with its compiler, of which
# CoopSeg needs nothing, and its targets switch off --as-needed and set a C++ standard.

set(torch_places "")  # the default ones
if(Torch_DIR)
  # PREFIX/share/cmake/Torch, or PREFIX/lib/ARCHITECTURE/cmake/Torch with the libraries in PREFIX/lib/ARCHITECTURE.
  get_filename_component(torch_prefix "${Torch_DIR}/../../.." ABSOLUTE)
  get_filename_component(torch_parent "${torch_prefix}/.." ABSOLUTE)
  set(torch_places PATHS "${torch_prefix}" "${torch_parent}" NO_DEFAULT_PATH)
endif()
find_path(Torch_INCLUDE_DIR NAMES torch/csrc/api/include/torch/torch.h PATH_SUFFIXES include ${torch_places} NO_CACHE)
get_filename_component(Torch_INCLUDE_DIR "${Torch_INCLUDE_DIR}" ABSOLUTE)
foreach(library IN ITEMS c10 torch_cpu torch_cuda)
  find_library(Torch_${library}_LIBRARY ${library}
    HINTS "${Torch_INCLUDE_DIR}/../lib" "${Torch_DIR}/../.." PATH_SUFFIXES lib ${torch_places} NO_CACHE)
endforeach()

# The version stands in one header or, in newer versions, in another.
set(Torch_VERSION "")
foreach(header IN ITEMS torch/csrc/api/include/torch/version.h torch/headeronly/version.h)
  if(EXISTS "${Torch_INCLUDE_DIR}/${header}")
    file(STRINGS "${Torch_INCLUDE_DIR}/${header}" torch_numbers REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
    list(TRANSFORM torch_numbers REPLACE "[^0-9]" "")
    list(JOIN torch_numbers "." torch_numbers)
    string(APPEND Torch_VERSION "${torch_numbers}")
  endif()
endforeach()

# Before 2.7 LibTorch came with either of the C++ library's two ABIs; no other library here has the old one.
if(EXISTS "${Torch_INCLUDE_DIR}/../share/cmake/Torch/TorchConfig.cmake")
  file(STRINGS "${Torch_INCLUDE_DIR}/../share/cmake/Torch/TorchConfig.cmake" torch_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(torch_abi)
    get_filename_component(torch_prefix "${Torch_INCLUDE_DIR}/.." ABSOLUTE)
    coopseg_refuse("LibTorch ${Torch_VERSION} in ${torch_prefix} is built for the C++ library's old ABI; take the libtorch \
whose file name says cxx11-abi, or a torch wheel of version 2.7 or newer")
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Torch
  REQUIRED_VARS Torch_INCLUDE_DIR Torch_c10_LIBRARY Torch_torch_cpu_LIBRARY VERSION_VAR Torch_VERSION)
if(NOT Torch_FOUND OR TARGET Torch::Torch)
  return()
endif()

# A LibTorch in a folder of its own has other libraries' headers beside it, fmt's among them, that do not fit the system's
# libraries; so the compiler is shown LibTorch's alone.
set(torch_headers "${Torch_INCLUDE_DIR}")
if(NOT Torch_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
  set(torch_headers "${CMAKE_BINARY_DIR}/libtorch")
  file(MAKE_DIRECTORY "${torch_headers}")
  foreach(own IN ITEMS ATen c10 caffe2 torch)
    file(CREATE_LINK "${Torch_INCLUDE_DIR}/${own}" "${torch_headers}/${own}" SYMBOLIC)
  endforeach()
endif()

get_filename_component(Torch_RPATH "${Torch_torch_cpu_LIBRARY}" DIRECTORY)
if(Torch_RPATH IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
  set(Torch_RPATH "")
endif()

add_library(Torch::c10 SHARED IMPORTED)
set_target_properties(Torch::c10 PROPERTIES IMPORTED_LOCATION "${Torch_c10_LIBRARY}")
add_library(Torch::Torch SHARED IMPORTED)
set_target_properties(Torch::Torch PROPERTIES
  IMPORTED_LOCATION "${Torch_torch_cpu_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${torch_headers};${torch_headers}/torch/csrc/api/include"
  INTERFACE_LINK_LIBRARIES Torch::c10)
if(Torch_torch_cuda_LIBRARY)
  add_library(Torch::CUDA INTERFACE IMPORTED)
  set_target_properties(Torch::CUDA PROPERTIES
    INTERFACE_LINK_LIBRARIES "-Wl,--push-state,--no-as-needed,${Torch_torch_cuda_LIBRARY},--pop-state")
endif()

# A wheel has these headers beside it, in the folders of the packages that it needs; elsewhere they are the toolkit's.
if(Torch_torch_cuda_LIBRARY)
  get_filename_component(torch_site "${Torch_INCLUDE_DIR}/../.." ABSOLUTE)
  file(GLOB torch_cuda_headers "${torch_site}/nvidia/cu[0-9]*/include")
  find_path(Torch_NCCL_INCLUDE_DIR nccl.h HINTS "${torch_site}/nvidia/nccl/include" NO_CACHE)
  find_path(Torch_CUDA_INCLUDE_DIR cuda_runtime_api.h
    HINTS ${torch_cuda_headers} "$ENV{CUDA_HOME}/include" /usr/local/cuda/include NO_CACHE)
  if(Torch_NCCL_INCLUDE_DIR AND Torch_CUDA_INCLUDE_DIR)
    add_library(Torch::NCCL INTERFACE IMPORTED)
    set_target_properties(Torch::NCCL PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${Torch_NCCL_INCLUDE_DIR};${Torch_CUDA_INCLUDE_DIR}"
      INTERFACE_LINK_LIBRARIES Torch::CUDA)
  endif()
endif()
