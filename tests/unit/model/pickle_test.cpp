#include "coopseg/model/pickle.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "coopseg/core/error.h"
#include "pickles.h"

namespace coopseg::model {
namespace {

using ::testing::HasSubstr;
using namespace test;

std::string refusal(const std::string& bytes) {
  try {
    const Pickle pickle(bytes, "x.pth");
  } catch (const core::DataError& error) {
    EXPECT_EQ(error.subject(), "x.pth");
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

std::string refusal_inside(const std::string& opcodes) { return refusal(kBegin + opcodes + kEnd); }

template <class T>
T value_of(const std::string& opcodes) {
  const std::string bytes = kBegin + opcodes + kEnd;
  const Pickle pickle(bytes, "x.pth");
  return std::get<T>(pickle.at(pickle.root()));
}

TEST(Pickle, ReadsPlainValues) {
  EXPECT_EQ(value_of<std::monostate>("N"), std::monostate());
  EXPECT_TRUE(value_of<bool>("\x88"));
  EXPECT_FALSE(value_of<bool>("\x89"));
  EXPECT_EQ(value_of<std::int64_t>("K\xff"), 255);
  EXPECT_EQ(value_of<std::int64_t>("M\x01\x02"), 513);
  EXPECT_EQ(value_of<std::int64_t>("J\xfe\xff\xff\xff"), -2);
  EXPECT_EQ(value_of<std::int64_t>(std::string("\x8a\x00", 2)), 0);
  EXPECT_EQ(value_of<std::int64_t>("\x8a\x01\xff"), -1);
  EXPECT_EQ(value_of<std::int64_t>(std::string("\x8a\x02\xff\x00", 4)), 255);
  EXPECT_EQ(value_of<std::int64_t>(integer(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(value_of<double>(std::string("G\x3f\xf8\x00\x00\x00\x00\x00\x00", 9)), 1.5);
  EXPECT_EQ(value_of<std::string>(text("up1.weight")), "up1.weight");
  EXPECT_EQ(value_of<PickleTuple>("K\x01K\x02K\x03\x87").items.size(), 3u);
  EXPECT_EQ(value_of<PickleList>("](K\x01K\x02" "eK\x03" "a").items.size(), 3u);
  EXPECT_EQ(value_of<PickleDict>("}(" + text("a") + "K\x01u" + text("b") + "K\x02s").items.size(), 2u);
}

TEST(Pickle, ReadsTensorsAsViewsOfStorages) {
  const std::string bytes = kBegin + tensor(storage("7", 12, "HalfStorage"), {2, {3, 2}, {2, 1}}) + kEnd;
  const Pickle pickle(bytes, "x.pth");
  const auto& found = std::get<PickleTensor>(pickle.at(pickle.root()));
  EXPECT_EQ(found.offset, 2);
  EXPECT_EQ(found.shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(found.strides, (std::vector<std::int64_t>{2, 1}));
  const auto& where = std::get<PickleStorage>(pickle.at(found.storage));
  EXPECT_EQ(where.dtype, "F16");
  EXPECT_EQ(where.key, "7");
  EXPECT_EQ(where.elements, 12u);
  const std::string parameter = "ctorch._utils\n_rebuild_parameter\n(" + tensor(storage("0", 1), {0, {1}, {1}}) +
                                "\x88" + kOrderedDict + "tR";
  EXPECT_EQ(value_of<PickleTensor>(parameter).shape, (std::vector<std::int64_t>{1}));
}

// What Python would run. Nothing here is run, looked up or made.
TEST(Pickle, RefusesCode) {
  const std::string touched = (std::filesystem::temp_directory_path() / "coopseg-pickle-was-run").string();
  const std::string command = text("touch " + touched);
  for (const char* global : {"os\nsystem", "posix\nsystem", "subprocess\nPopen", "builtins\neval", "builtins\nexec",
                             "__builtin__\neval", "runpy\n_run_code", "torch\nload", "torch._utils\n_rebuild_tensor",
                             "torch\nFloatStorage.__init__", "collections\nOrderedDict.__reduce__",
                             "collections\ndeque",
                             "numpy.core.multiarray\nscalar", "torch.jit._pickle\nrestore_type_tag", "\n"}) {
    EXPECT_THAT(refusal_inside(std::string("c").append(global).append("\n(").append(command).append("tR")),
                HasSubstr("nothing was executed")) << global;
  }
  EXPECT_FALSE(std::filesystem::exists(touched));
  EXPECT_THAT(refusal_inside("cos\nsystem\n"), HasSubstr("'os.system'"));
  // The same through the other opcodes that make objects: INST, OBJ, NEWOBJ, STACK_GLOBAL, EXT1, PERSID.
  for (const std::string opcodes : {"(ios\nsystem\n", "(cos\nsystem\no", ")\x81", "\x93", "\x82\x01", "Pname\n"}) {
    EXPECT_NE(refusal_inside(opcodes), "") << opcodes;
  }
}

TEST(Pickle, RefusesEveryOpcodeItDoesNotKnow) {
  const std::string known = "(.GJKMNQRX]abcehjqrstu})\x80\x85\x86\x87\x88\x89\x8a";
  std::size_t refused = 0;
  for (int code = 0; code < 256; ++code) {
    if (known.find(static_cast<char>(code)) != std::string::npos) continue;
    EXPECT_THAT(refusal_inside(std::string("NN").append(1, static_cast<char>(code)).append(16, 'N')), HasSubstr("opcode " + std::to_string(code)));
    ++refused;
  }
  EXPECT_EQ(refused, 256u - 31);
  EXPECT_THAT(refusal(kBegin + kBegin + "N."), HasSubstr("opcode 128"));
}

TEST(Pickle, RefusesAbusedFunctions) {
  const std::string dict = "ccollections\nOrderedDict\n", rebuild = "ctorch._utils\n_rebuild_tensor_v2\n";
  const auto refused = [](const std::string& opcodes) { return refusal(kBegin + opcodes + kEnd); };
  EXPECT_THAT(refused(dict + "(" + text("a") + "tR"), HasSubstr("OrderedDict"));
  EXPECT_THAT(refused("ctorch\nFloatStorage\n)R"), HasSubstr("calls a storage type"));
  EXPECT_THAT(refused("N)R"), HasSubstr("no function"));
  EXPECT_THAT(refused(dict + "NR"), HasSubstr("tuple of arguments"));
  EXPECT_THAT(refused(rebuild + ")R"), HasSubstr("unknown arguments"));
  EXPECT_THAT(refused(tensor("N", {0, {1}, {1}})), HasSubstr("unknown arguments"));
  EXPECT_THAT(refused(tensor(storage("0", 4), {0, {2, 2}, {1}})), HasSubstr("stride"));
  EXPECT_THAT(refused(tensor(storage("0", -1), {0, {1}, {1}})), HasSubstr("negative"));
  EXPECT_THAT(refused(tensor(storage("0", 1), {0, std::vector<std::int64_t>(9, 1), std::vector<std::int64_t>(9, 1)})),
              HasSubstr("8 dimensions"));
  const std::string hooks = kOrderedDict + text("a") + "Ns";
  EXPECT_THAT(refused(rebuild + "(" + storage("0", 1) + integer(0) + tuple({1}) + tuple({1}) + "\x89" + hooks + "tR"),
              HasSubstr("hooks"));
  EXPECT_THAT(refused("N)b"), HasSubstr("attributes"));
  EXPECT_THAT(refused("NQ"), HasSubstr("storage"));
  EXPECT_THAT(refused("(" + text("module") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\x01tQ"),
              HasSubstr("storage"));
  EXPECT_THAT(refused("(" + text("storage") + dict + text("0") + text("cpu") + "K\x01tQ"), HasSubstr("storage"));
  EXPECT_THAT(refused("]K\x01K\x02s"), HasSubstr("other than a dict"));
  EXPECT_THAT(refused("}K\x01" "a"), HasSubstr("other than a list"));
  EXPECT_THAT(refused("}(K\x01u"), HasSubstr("without a value"));
}

TEST(Pickle, RefusesBrokenStreams) {
  EXPECT_THAT(refusal(""), HasSubstr("protocol 2"));
  EXPECT_THAT(refusal("\x80\x04N."), HasSubstr("protocol 2"));
  EXPECT_THAT(refusal("N."), HasSubstr("protocol 2"));
  EXPECT_THAT(refusal(kBegin + kEnd), HasSubstr("one value"));
  EXPECT_THAT(refusal(kBegin + "NN" + kEnd), HasSubstr("one value"));
  EXPECT_THAT(refusal(kBegin + "N(" + kEnd), HasSubstr("one value"));
  EXPECT_THAT(refusal(kBegin + "N" + kEnd + "N"), HasSubstr("behind its end"));
  EXPECT_THAT(refusal(kBegin + "t" + kEnd), HasSubstr("mark"));
  EXPECT_THAT(refusal(kBegin + "\x85" + kEnd), HasSubstr("empty stack"));
  EXPECT_THAT(refusal(kBegin + "N(\x85t" + kEnd), HasSubstr("empty stack"));
  EXPECT_THAT(refusal(kBegin + "q" + std::string(1, '\0')), HasSubstr("empty stack"));
  EXPECT_THAT(refusal(kBegin + "h\x05" + kEnd), HasSubstr("never put away"));
  EXPECT_THAT(refusal(kBegin + "X\xff\xff\xff\xffshort" + kEnd), HasSubstr("too early"));
  EXPECT_THAT(refusal(kBegin + "\x8a\xff" + std::string(255, '\1') + kEnd), HasSubstr("64 bits"));
  EXPECT_THAT(refusal(kBegin + "c" + std::string(100000, 'a')), HasSubstr("endless name"));
  const std::string sound = state_dict(tensor(storage("0", 4), {0, {4}, {1}}));
  for (std::size_t size = 0; size < sound.size(); ++size) EXPECT_NE(refusal(sound.substr(0, size)), "") << size;
}

TEST(Pickle, BearsRecursionAndDepth) {
  // A dict that holds itself, and a list that does.
  EXPECT_EQ(refusal(kBegin + std::string("}q\0", 3) + text("me") + std::string("h\0s", 3) + kEnd), "");
  EXPECT_EQ(refusal(kBegin + std::string("]q\0h\0a", 6) + kEnd), "");
  const std::size_t depth = 500000;
  EXPECT_EQ(refusal(kBegin + "N" + std::string(depth, '\x85') + kEnd), "");
  EXPECT_THAT(refusal(kBegin + std::string(depth, '(') + kEnd), HasSubstr("one value"));
}

TEST(Pickle, BoundsItsMemory) {
  // Each level holds the one before twice: 2^40 values for whoever walks through them.
  std::string bomb = kBegin + "K\x01";
  for (int i = 0; i < 40; ++i) bomb += std::string("q\0h\0\x86", 5);
  EXPECT_EQ(refusal(bomb + kEnd), "");
  EXPECT_EQ(refusal(kBegin + "Nr\xff\xff\xff\xff" + kEnd), "");
  EXPECT_THAT(refusal(kBegin + std::string((std::size_t{1} << 20) + 1, 'N') + kEnd), HasSubstr("more values"));
  EXPECT_THAT(refusal(kBegin + std::string(std::size_t{5} << 20, 'N') + kEnd), HasSubstr("longer than any"));
  // A long name that is kept once for each of many storages.
  EXPECT_EQ(refusal(kBegin + storage(std::string(64, '7'), 1) + kEnd), "");
  EXPECT_THAT(refusal(kBegin + storage(std::string(100000, '7'), 1) + kEnd), HasSubstr("a key of 100000 bytes"));
}

}  // namespace
}  // namespace coopseg::model
