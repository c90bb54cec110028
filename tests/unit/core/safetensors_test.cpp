#include "coopseg/core/safetensors.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "coopseg/core/error.h"
#include "support/support.h"

namespace coopseg::core {
namespace {

using ::testing::HasSubstr;

std::string with_length(const std::string& header, std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes + header;
}

class SafetensorsTest : public ::testing::Test {
 protected:
  fs::path put(const std::string& bytes) const {
    fs::path file = folder_ / "hostile.safetensors";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

  // The message with which a file of this header and this much data is refused, by both readers.
  std::string refusal(const std::string& header, std::size_t data_bytes = 0) const {
    return refusal_of(with_length(header, header.size()) + std::string(data_bytes, 'x'));
  }

  std::string refusal_of(const std::string& bytes) const {
    const fs::path file = put(bytes);
    std::string whole, metadata_only;
    try {
      read_tensor_file(file);
    } catch (const DataError& error) {
      whole = error.what();
    }
    try {
      read_tensor_metadata(file);
    } catch (const DataError& error) {
      metadata_only = error.what();
    }
    EXPECT_EQ(whole, metadata_only);
    if (!whole.empty()) {
      EXPECT_THAT(whole, HasSubstr("hostile.safetensors"));
    }
    return whole;
  }

  test::ScratchFolder folder_;
};

StoredTensor floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  return {"F32", std::move(shape),
          std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float))};
}

TEST_F(SafetensorsTest, GivesBackWhatWasWritten) {
  TensorFile content;
  content.metadata = {{"format", "x"}, {"text", "line\nbreak \"quoted\" \xc3\xa9"}};
  content.tensors["b/weight"] = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  content.tensors["a/count"] = {"I64", {}, std::string("\x07\0\0\0\0\0\0\0", 8)};
  content.tensors["c/flags"] = {"BOOL", {3}, std::string("\1\0\1", 3)};
  content.tensors["d/none"] = {"F32", {0, 4}, ""};
  const fs::path file = folder_ / "file.safetensors";
  write_tensor_file(file, content, Overwrite::no);
  const TensorFile back = read_tensor_file(file);
  EXPECT_EQ(back.metadata, content.metadata);
  EXPECT_EQ(read_tensor_metadata(file), content.metadata);
  ASSERT_EQ(back.tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    EXPECT_EQ(back.at(name, "").dtype, tensor.dtype) << name;
    EXPECT_EQ(back.at(name, "").shape, tensor.shape) << name;
    EXPECT_EQ(back.at(name, "").bytes, tensor.bytes) << name;
  }
}

TEST_F(SafetensorsTest, WritesThePublishedLayoutToTheByte) {
  TensorFile content;
  content.metadata["k"] = "v";
  content.tensors["a"] = {"U8", {1}, "A"};
  content.tensors["b"] = {"F32", {1}, "BBBB"};
  const fs::path file = folder_ / "file.safetensors";
  write_tensor_file(file, content, Overwrite::no);
  std::string header = R"({"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},)"
                       R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(read_file(file), with_length(header, header.size()) + "BBBBA");
}

TEST_F(SafetensorsTest, EqualContentGivesEqualBytesAndAlignedArrays) {
  TensorFile content;
  content.tensors["a"] = {"U8", {3}, "AAA"};
  content.tensors["b"] = {"I64", {1}, "BBBBBBBB"};
  content.tensors["c"] = floats({1}, {1});
  write_tensor_file(folder_ / "1", content, Overwrite::no);
  write_tensor_file(folder_ / "2", content, Overwrite::no);
  const std::string bytes = read_file(folder_ / "1");
  EXPECT_EQ(bytes, read_file(folder_ / "2"));
  EXPECT_EQ(bytes.find("BBBBBBBB") % 8, 0u);
}

TEST_F(SafetensorsTest, ReadsAForeignFileWithSpacesAndAnyOrder) {
  const std::string header =
      "{ \"z\": {\"shape\": [2], \"data_offsets\": [0, 2], \"dtype\": \"U8\"},\n"
      " \"a\": {\"dtype\": \"I16\", \"shape\": [], \"data_offsets\": [2, 4]} }   ";
  const std::string data = std::string("zz\x05") + '\0';
  const TensorFile content = read_tensor_file(put(with_length(header, header.size()) + data));
  EXPECT_EQ(content.at("z", "").bytes, "zz");
  EXPECT_TRUE(content.at("a", "").shape.empty());
}

TEST_F(SafetensorsTest, MissingTensorNamesTheFile) {
  try {
    TensorFile().at("m/w", "model.safetensors");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("model.safetensors"));
    EXPECT_THAT(error.what(), HasSubstr("m/w"));
  }
}

TEST_F(SafetensorsTest, RefusesLengthsBeyondTheFileOrTheLimit) {
  EXPECT_THAT(refusal_of(""), HasSubstr("too short"));
  EXPECT_THAT(refusal_of("abc"), HasSubstr("too short"));
  EXPECT_THAT(refusal_of(with_length("{}", 3)), HasSubstr("cut off"));
  EXPECT_THAT(refusal_of(with_length("{}", ~std::uint64_t{0})), HasSubstr("cut off"));
  EXPECT_THAT(refusal_of(with_length("{}", ~std::uint64_t{0} - 7)), HasSubstr("cut off"));
  EXPECT_THAT(refusal_of("PK\3\4 this is a zip archive"), HasSubstr("no .safetensors"));
  const fs::path sparse = put(with_length("{", 200'000'000));
  fs::resize_file(sparse, 300'000'000);
  EXPECT_THROW(read_tensor_metadata(sparse), DataError);
}

// They were said to be cut off, with headers of 8101816588334925576 bytes.
TEST_F(SafetensorsTest, NamesModelsOfOtherPrograms) {
  const std::string onnx(
      "\x08\x07\x12\x07"
      "CoopSeg\x1a\x03"
      "0.1:",
      15),
      unnamed("\x08\x0a:\x80\x80\x04 graph", 12);
  for (const std::string& bytes : {onnx, unnamed}) {
    EXPECT_THAT(refusal_of(bytes), HasSubstr("is an ONNX file, for other programs"));
    EXPECT_THAT(refusal_of(bytes), HasSubstr("give the .safetensors file that it was made of"));
  }
  EXPECT_THAT(refusal_of("PK\3\4 archive/data.pkl"), HasSubstr("cs-model import"));
  EXPECT_THAT(refusal_of(std::string("\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.", 14)),
              HasSubstr("a pickle of Python"));
  EXPECT_THAT(refusal_of("version https://git-lfs.github.com/spec/v1\noid"), HasSubstr("git lfs pull"));
  EXPECT_THAT(refusal_of("\x89HDF\r\n\x1a\n model"), HasSubstr("an HDF5 file"));
  // A long header of ours that is cut off, or has no end.
  EXPECT_THAT(refusal_of(std::string("\x08\x07\x12\0\0\0\0\0{\"a\":", 13)), HasSubstr("cut off"));
}

TEST_F(SafetensorsTest, RefusesHeadersThatAreNotItsStructure) {
  EXPECT_THAT(refusal("[]"), HasSubstr("does not start"));
  EXPECT_THAT(refusal(" {}"), HasSubstr("does not start"));
  EXPECT_THAT(refusal("{\"a\":1}"), HasSubstr("number"));
  EXPECT_THAT(refusal("{\"a\":{}}"), HasSubstr("lacks"));
  EXPECT_THAT(refusal("{\"a\":null}"), HasSubstr("null"));
  EXPECT_THAT(refusal("{} {}"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\"a\":"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\"\xff\":{}}"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\"__metadata__\":{\"a\":{}}}"), HasSubstr("object where none"));
  EXPECT_THAT(refusal("{\"__metadata__\":{\"a\":1}}"), HasSubstr("number"));
  EXPECT_THAT(refusal("{\"a\":{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}}", 1),
              HasSubstr("array where"));
  EXPECT_THAT(refusal("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":1}}", 1),
              HasSubstr("unknown field"));
  EXPECT_THAT(refusal("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1), HasSubstr("data_offsets"));
  EXPECT_THAT(refusal("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1),
              HasSubstr("data_offsets"));
}

TEST_F(SafetensorsTest, RefusesDeepNestingWithoutFollowingIt) {
  std::string nested = "{\"__metadata__\":";
  for (int i = 0; i < 2'000'000; ++i) nested += "{\"a\":";
  EXPECT_THAT(refusal(nested), HasSubstr("object where none"));
  EXPECT_THAT(refusal("{\"a\":{\"shape\":" + std::string(2'000'000, '[')), HasSubstr("array where none"));
}

TEST_F(SafetensorsTest, RefusesRepeatedKeys) {
  const std::string a = "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}";
  EXPECT_THAT(refusal("{" + a + "," + a + "}", 1), HasSubstr("twice"));
  EXPECT_THAT(refusal("{\"__metadata__\":{},\"__metadata__\":{}}"), HasSubstr("twice"));
  EXPECT_THAT(refusal("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}"), HasSubstr("twice"));
  EXPECT_THAT(refusal("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
              HasSubstr("twice"));
}

TEST_F(SafetensorsTest, RefusesImpossibleShapesAndTypes) {
  const auto header = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
  };
  EXPECT_EQ(refusal(header("F32", "[1]", "[0,4]"), 4), "");
  EXPECT_THAT(refusal(header("F31", "[1]", "[0,4]"), 4), HasSubstr("unknown type"));
  EXPECT_THAT(refusal(header("F32", "[-1]", "[0,4]"), 4), HasSubstr("negative"));
  EXPECT_THAT(refusal(header("F32", "[1.0]", "[0,4]"), 4), HasSubstr("not whole"));
  EXPECT_THAT(refusal(header("F32", "[99999999999999999999999]", "[0,4]"), 4), HasSubstr("too large"));
  EXPECT_THAT(refusal(header("F32", "[9223372036854775808]", "[0,4]"), 4), HasSubstr("impossible shape"));
  // 2^32 * 2^32 wraps to 0, 2^62 * 4 bytes to 0.
  EXPECT_THAT(refusal(header("F32", "[4294967296,4294967296]", "[0,0]")), HasSubstr("impossible shape"));
  EXPECT_THAT(refusal(header("F32", "[4611686018427387904]", "[0,0]")), HasSubstr("impossible shape"));
  EXPECT_THAT(refusal(header("F32", "[0,4294967296,4294967296]", "[0,0]")), HasSubstr("impossible shape"));
  std::string many = "[1";
  for (int i = 0; i < 40; ++i) many += ",1";
  EXPECT_THAT(refusal(header("F32", many + "]", "[0,4]"), 4), HasSubstr("dimensions"));
}

TEST_F(SafetensorsTest, RefusesDataThatDoNotMatchTheHeader) {
  const auto one = [](const std::string& name, const std::string& offsets) {
    return "\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + offsets + "}";
  };
  EXPECT_THAT(refusal("{" + one("a", "[0,4]") + "}", 5), HasSubstr("belong to no tensor"));
  EXPECT_THAT(refusal("{}", 1), HasSubstr("belong to no tensor"));
  EXPECT_THAT(refusal("{" + one("a", "[0,4]") + "}", 3), HasSubstr("outside"));
  EXPECT_THAT(refusal("{" + one("a", "[4,0]") + "}", 4), HasSubstr("outside"));
  EXPECT_THAT(refusal("{" + one("a", "[18446744073709551612,18446744073709551615]") + "}", 4), HasSubstr("outside"));
  EXPECT_THAT(refusal("{" + one("a", "[0,3]") + "}", 4), HasSubstr("need 4"));
  EXPECT_THAT(refusal("{" + one("a", "[1,5]") + "}", 5), HasSubstr("gap"));
  EXPECT_THAT(refusal("{" + one("a", "[0,4]") + "," + one("b", "[0,4]") + "}", 4), HasSubstr("overlaps"));
  EXPECT_THAT(refusal("{" + one("a", "[0,4]") + "," + one("b", "[2,6]") + "}", 6), HasSubstr("overlaps"));
  EXPECT_THAT(refusal("{" + one("a", "[0,4]") + "," + one("b", "[5,9]") + "}", 9), HasSubstr("gap"));
}

TEST_F(SafetensorsTest, RefusesWhatIsNoRegularFile) {
  EXPECT_THROW(read_tensor_file(folder_ / "missing"), IoError);
  EXPECT_THROW(read_tensor_file(folder_.path()), IoError);
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(read_tensor_file(pipe), IoError);
}

TEST_F(SafetensorsTest, NeverWritesWhatDoesNotAgree) {
  TensorFile content;
  content.tensors["a"] = {"F32", {2}, "1234"};
  EXPECT_THROW(write_tensor_file(folder_ / "x", content, Overwrite::no), std::invalid_argument);
  EXPECT_FALSE(fs::exists(folder_ / "x"));
}

TEST_F(SafetensorsTest, EveryCutOfAFileIsRefused) {
  TensorFile content;
  content.metadata["k"] = "v";
  content.tensors["a"] = floats({3}, {1, 2, 3});
  write_tensor_file(folder_ / "whole", content, Overwrite::no);
  const std::string bytes = read_file(folder_ / "whole");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_NE(refusal_of(bytes.substr(0, length)), "") << length;
  }
}

}  // namespace
}  // namespace coopseg::core
