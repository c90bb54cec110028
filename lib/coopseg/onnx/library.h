// The headers of the ONNX library, which must be told how Debian has built it. Private to this folder and its tests;
// here, too, the library's own namespace is ::onnx.
#pragma once

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>
