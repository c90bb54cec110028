#include "coopseg/report/viewer.h"

#include <gmock/gmock.h>

#include <map>
#include <sstream>
#include <utility>

#include "coopseg/core/random.h"
#include "coopseg/report/text.h"

namespace coopseg::report {
namespace {

using testing::ElementsAre;

using LabelPlane = dataset::Plane<std::int32_t>;

LabelPlane plane_of(std::size_t columns, std::vector<std::int32_t> labels) {
  LabelPlane plane(labels.size() / columns, columns);
  plane.values = std::move(labels);
  return plane;
}

TEST(OutlinePath, RunsAroundALabelAndItsHole) {
  EXPECT_EQ(outline_path(plane_of(3, {0, 0, 0, 0, 1, 0, 0, 0, 0})), "M1 1h1v1h-1z");
  EXPECT_EQ(outline_path(plane_of(3, {1, 1, 1, 1, 0, 1, 1, 1, 1})), "M0 0h3v3h-3zM1 1h1v1h-1z");
  EXPECT_EQ(outline_path(plane_of(3, {0, 0, 0, 0, 0, 0})), "");
}

TEST(OutlinePath, HasOneLineBetweenTwoLabels) {
  EXPECT_EQ(outline_path(plane_of(2, {1, 2})), "M1 0h1v1h-1M1 0v1M1 0h-1v1h1");
}

// How often each edge of a pixel is drawn: from its upper or left corner, to the right (0) or down (1).
using Drawn = std::map<std::array<int, 3>, int>;

Drawn edges_of(const std::string& path) {
  Drawn drawn;
  std::istringstream text(path);
  int x = 0, y = 0, from_x = 0, from_y = 0;
  const auto move = [&](int by, bool down) {
    for (; by != 0; by -= by > 0 ? 1 : -1) {
      int& at = down ? y : x;
      if (by < 0) --at;
      ++drawn[{x, y, down ? 1 : 0}];
      if (by > 0) ++at;
    }
  };
  for (char command; text >> command;) {
    int by = 0;
    if (command == 'M') {
      text >> from_x >> from_y;
      x = from_x;
      y = from_y;
    } else if (command == 'z') {
      EXPECT_TRUE(x == from_x || y == from_y) << "slanting: " << path;
      move(from_x - x, false);
      move(from_y - y, true);
    } else {
      text >> by;
      move(by, command == 'v');
    }
  }
  return drawn;
}

TEST(OutlinePath, DrawsEachEdgeBetweenLabelsOnceAndNoOther) {
  core::RandomStream random(0, {"outlines"});
  for (int round = 0; round < 50; ++round) {
    LabelPlane plane(1 + random.below(7), 1 + random.below(7));
    for (auto& label : plane.values) label = static_cast<std::int32_t>(random.below(3));
    const int rows = static_cast<int>(plane.rows), columns = static_cast<int>(plane.columns);
    const auto label = [&](int x, int y) {
      const bool inside = x >= 0 && x < columns && y >= 0 && y < rows;
      return inside ? plane.at(static_cast<std::size_t>(y), static_cast<std::size_t>(x)) : 0;
    };
    Drawn expected;
    for (int y = 0; y <= rows; ++y)
      for (int x = 0; x <= columns; ++x) {
        if (label(x, y) != label(x, y - 1)) expected[{x, y, 0}] = 1;
        if (label(x, y) != label(x - 1, y)) expected[{x, y, 1}] = 1;
      }
    EXPECT_EQ(edges_of(outline_path(plane)), expected);
  }
}

// A stack of 12 slices of 100 x 80 pixels: in slices 4 to 6 a block of 10 x 6 pixels.
struct Stack {
  image::Grid grid;
  image::LabelMap reference, prediction;
  Stack() {
    grid.size = {100, 80, 12};
    grid.spacing_mm = {1, 1.5, 8};
    reference = image::LabelMap(grid);
    prediction = image::LabelMap(grid);
    for (std::size_t k = 4; k < 7; ++k)
      for (std::size_t y = 40; y < 46; ++y)
        for (std::size_t x = 50; x < 60; ++x) {
          reference.at(x, y, k) = k == 5 || x < 55 ? 2 : 0;
          prediction.at(x, y, k) = 1;
        }
  }
  image::Image noise() const {
    image::Image image(grid);
    core::RandomStream random(0, {"noise"});
    for (float& value : image.voxels) value = static_cast<float>(random.uniform());
    return image;
  }
  Scene scene() const { return make_scene("p1 ED", noise(), {reference, prediction}); }
};

const std::vector<Line> kLines{{"reference", {230, 159, 0}, true}, {"prediction", {86, 180, 233}, false}};

std::optional<core::Json> make_viewer(const Scene& scene, const std::vector<Line>& lines, std::size_t most_bytes) {
  const auto versions = make_viewers(scene, lines, most_bytes, most_bytes);
  return versions.empty() ? std::nullopt : std::optional(versions.front());
}

TEST(Viewer, ShowsTheSlicesOfAStackThatAreLabelledAndTwoBesides) {
  const auto viewer = make_viewer(Stack().scene(), kLines, kViewerBytes);
  ASSERT_TRUE(viewer);
  EXPECT_EQ((*viewer)["name"], "p1 ED");
  EXPECT_EQ((*viewer)["shrink"], 1);
  EXPECT_EQ((*viewer)["size"], core::Json({48, 48, 7}));
  ASSERT_EQ((*viewer)["planes"].size(), 1u);
  const core::Json& plane = (*viewer)["planes"][0];
  EXPECT_EQ(plane["plane"], "");
  EXPECT_EQ(plane["axis"], 2);
  EXPECT_EQ(plane["first"], 3) << "slice 2, counted from 1";
  EXPECT_EQ(plane["step"], 1);
  EXPECT_EQ(plane["total"], 12);
  EXPECT_EQ(plane["shown"], 3) << "slice 5 has most";
  EXPECT_DOUBLE_EQ(plane["width_mm"], 48);
  EXPECT_DOUBLE_EQ(plane["height_mm"], 72);
  const core::Json& lines = (*viewer)["lines"];
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["colour"], "#e69f00");
  EXPECT_EQ(lines[0]["on"], true);
  EXPECT_EQ(lines[1]["on"], false);
  // The cut begins at column 31 and row 19.
  const std::string half = "M19 21h5v6h-5z", whole = "M19 21h10v6h-10z";
  EXPECT_THAT(lines[0]["paths"][0].get<std::vector<std::string>>(), ElementsAre("", "", half, whole, half, "", ""));
  EXPECT_THAT(lines[1]["paths"][0].get<std::vector<std::string>>(), ElementsAre("", "", whole, whole, whole, "", ""));
}

TEST(Viewer, IsTheSameEachTime) {
  EXPECT_EQ(make_viewer(Stack().scene(), kLines, kViewerBytes), make_viewer(Stack().scene(), kLines, kViewerBytes));
}

TEST(Viewer, ShrinksUntilItKeepsItsBound) {
  const Scene scene = Stack().scene();
  std::size_t before = 0;
  for (const std::size_t most : {30000u, 10000u, 5000u, 2500u}) {
    const auto viewer = make_viewer(scene, kLines, most);
    ASSERT_TRUE(viewer) << most;
    EXPECT_LE(script_json(*viewer).size(), most);
    const auto shrink = (*viewer)["shrink"].get<std::size_t>();
    EXPECT_GT(shrink, before) << most;
    before = shrink;
    const std::size_t side = (48 + shrink - 1) / shrink;
    EXPECT_EQ((*viewer)["size"], core::Json({side, side, 7})) << "slices are not dropped";
  }
  EXPECT_FALSE(make_viewer(scene, kLines, 500));
}

TEST(Viewer, HasSmallerVersionsUntilOneIsEnough) {
  const Scene scene = Stack().scene();
  const auto versions = make_viewers(scene, kLines, 30000, 5000);
  ASSERT_GT(versions.size(), 2u);
  EXPECT_EQ(versions.front(), make_viewer(scene, kLines, 30000));
  EXPECT_EQ(versions.back(), make_viewer(scene, kLines, 5000));
  for (std::size_t v = 1; v < versions.size(); ++v)
    EXPECT_LT(script_json(versions[v]).size(), script_json(versions[v - 1]).size());
  EXPECT_EQ(make_viewers(scene, kLines, kViewerBytes, kViewerBytes).size(), 1u);
  EXPECT_EQ(make_viewers(scene, kLines, 5000, 500).back()["shrink"], 8);
}

// The fullest slice of such a page was shown without an outline: its specks had lost their blocks.
TEST(Viewer, BeginsWithTheSliceThatHasMostBehindTheShrinking) {
  Stack stack;
  for (std::size_t y = 24; y < 60; y += 3)
    for (std::size_t x = 34; x < 70; x += 2) stack.reference.at(x, y, 9) = 1;
  const Scene scene = stack.scene();
  const auto whole = make_viewer(scene, kLines, kViewerBytes), shrunken = make_viewer(scene, kLines, 5000);
  ASSERT_TRUE(whole && shrunken);
  const auto shown = [](const core::Json& viewer) { return viewer["planes"][0]["shown"].get<std::size_t>(); };
  const auto outline = [](const core::Json& viewer, std::size_t k) { return viewer["lines"][0]["paths"][0][k]; };
  const std::size_t of_specks = shown(*whole);
  EXPECT_EQ((*whole)["planes"][0]["first"].get<std::size_t>() + of_specks, 10u);
  ASSERT_GT((*shrunken)["shrink"], 2);
  EXPECT_EQ(outline(*shrunken, of_specks), "");
  EXPECT_EQ(shown(*shrunken), of_specks - 4) << "slice 5, counted from 0, not 9";
  EXPECT_NE(outline(*shrunken, shown(*shrunken)), "");
}

// So many bytes of JSON.
core::Json viewer_of(std::size_t bytes) { return std::string(bytes - 2, 'x'); }

// Of ten viewers of 1.2 MB together the only large one was shrunk to the third, as each had its share of 8 MiB.
TEST(ViewerShelf, GivesTheRoomThatSomeLeaveToThoseThatNeedIt) {
  ViewerShelf shelf(1000);
  for (int i = 0; i < 9; ++i) shelf.add({viewer_of(20)});
  const std::size_t large = shelf.add({viewer_of(800), viewer_of(90)});
  EXPECT_EQ(shelf.bytes(), 980u);
  EXPECT_EQ(shelf.viewers()[large], viewer_of(800));
}

TEST(ViewerShelf, LetsTheLargestGiveWayFirst) {
  ViewerShelf shelf(1000);
  shelf.add({viewer_of(500), viewer_of(100), viewer_of(30)});
  shelf.add({viewer_of(300), viewer_of(50)});
  shelf.add({viewer_of(500), viewer_of(120)});
  EXPECT_EQ(shelf.bytes(), 900u);
  EXPECT_EQ(shelf.viewers(), (std::vector{viewer_of(100), viewer_of(300), viewer_of(500)}));
  shelf.add({viewer_of(250)});
  EXPECT_EQ(shelf.viewers(), (std::vector{viewer_of(100), viewer_of(300), viewer_of(120), viewer_of(250)}));
}

TEST(ViewerShelf, LetsGoWhatHasNoSmallerVersion) {
  ViewerShelf shelf(100);
  EXPECT_EQ(shelf.add({viewer_of(60)}), 0u);
  EXPECT_EQ(shelf.add({viewer_of(50)}), 1u);
  EXPECT_EQ(shelf.number_of(0), std::nullopt);
  EXPECT_EQ(shelf.number_of(1), 0u);
  EXPECT_EQ(shelf.bytes(), 50u);
  EXPECT_EQ(shelf.viewers(), std::vector{viewer_of(50)});
}

TEST(Viewer, OfAVolumeCountsItsSlicesAsTheyAreStored) {
  image::Grid grid;
  grid.size = {60, 50, 40};
  image::Image image(grid);
  image::LabelMap labels(grid);
  for (std::size_t i = 0; i < image.voxels.size(); ++i) image.voxels[i] = static_cast<float>(i % 97);
  for (std::size_t z = 18; z < 26; ++z)
    for (std::size_t y = 8; y < 18; ++y)
      for (std::size_t x = 30; x < 36 + z % 3; ++x) labels.at(x, y, z) = 1;
  const auto viewer_as = [&](const char* code) {
    const image::AxisTurn turn = image::turn_to(grid, code);
    const image::LabelMap turned = image::turned(labels, turn);
    return *make_viewer(make_scene("p1", image::turned(image, turn), {turned, turned}), kLines, kViewerBytes);
  };
  const core::Json lpi = viewer_as("LPI"), ras = viewer_as("RAS");
  EXPECT_EQ(lpi["sprite"], ras["sprite"]) << "however it is stored, it looks the same";
  EXPECT_EQ(lpi["lines"], ras["lines"]);
  ASSERT_EQ(lpi["planes"].size(), 3u);
  const std::size_t sizes[] = {40, 50, 60};
  for (std::size_t p = 0; p < 3; ++p) {
    const core::Json &one = lpi["planes"][p], &other = ras["planes"][p];
    EXPECT_EQ(one["total"], sizes[p]);
    EXPECT_EQ(one["step"], 1);
    EXPECT_EQ(other["step"], -1);
    EXPECT_EQ(one["first"].get<std::size_t>() + other["first"].get<std::size_t>(), sizes[p] + 1);
    EXPECT_EQ(lpi["lines"][0]["paths"][p].size(), lpi["size"][one["axis"].get<std::size_t>()]);
    EXPECT_NE(lpi["lines"][0]["paths"][p][one["shown"].get<std::size_t>()], "");
  }
}

TEST(Viewer, TakesTheLabelThatMostVoxelsOfABlockHave) {
  Stack stack;
  // A speck is no label of its block; where as many have one label as the other, the lower one counts.
  stack.prediction = image::LabelMap(stack.grid);
  stack.prediction.at(51, 41, 5) = 7;
  const Scene scene = stack.scene();
  const auto viewer = make_viewer(scene, kLines, 8000);
  ASSERT_TRUE(viewer);
  ASSERT_GT((*viewer)["shrink"], 1);
  for (const auto& path : (*viewer)["lines"][1]["paths"][0]) EXPECT_EQ(path, "");
}

}  // namespace
}  // namespace coopseg::report
