#include "coopseg/dataset/split.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/dataset/natural_order.h"
#include "coopseg/dataset/policy.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using core::Case;
using core::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Ids = std::vector<std::string>;

PolicyFile acdc() { return PolicyFile::read(core::share_file("splits/acdc.json")); }

Ids members(const Parts& parts, const std::string& name) {
  for (const Part& part : parts) {
    if (part.name == name) return part.members;
  }
  return {};
}

Ids words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

template <class E, class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::vector<Case> list_of(const std::vector<std::pair<std::string, std::string>>& id_and_site) {
  std::vector<Case> cases;
  for (const auto& [id, site] : id_and_site) {
    for (const char* frame : {"ED", "ES"}) {
      cases.emplace_back(id, id + "/" + frame + "_img.nii.gz");
      cases.back().set("frame", frame);
      if (!site.empty()) cases.back().set("site", site);
    }
  }
  return cases;
}

std::vector<Case> sites_of(const std::map<std::string, int>& counts) {
  std::vector<std::pair<std::string, std::string>> subjects;
  for (const auto& [site, count] : counts) {
    for (int i = 0; i < count; ++i) subjects.emplace_back(site + std::to_string(i), site);
  }
  return list_of(subjects);
}

TEST(NaturalOrder, CountsAsPeopleDo) {
  EXPECT_TRUE(natural_less("patient2", "patient10"));
  EXPECT_FALSE(natural_less("patient10", "patient2"));
  EXPECT_TRUE(natural_less("a", "ab"));
  EXPECT_TRUE(natural_less("a01b", "a1b"));
  EXPECT_FALSE(natural_less("a1b", "a01b"));
  EXPECT_FALSE(natural_less("x7", "x7"));
  EXPECT_TRUE(natural_less("99999999999999999998", "99999999999999999999"));
}

// Training subjects of "10 subjects" and validation subjects, as the reference implementation of Chen et al. drew them.
TEST(AcdcPolicies, FewShotTenIsThePublishedTable) {
  const std::vector<std::pair<const char*, const char*>> table = {
      {"073 061 012 053 046 044 022 092 004 001", "011 071 062 095 082"},
      {"002 041 001 033 006 024 022 021 025 086", "011 071 002 022 095"},
      {"093 046 084 073 013 024 043 052 021 033", "011 071 002 062 095"},
      {"053 084 082 023 044 046 001 021 004 061", "011 071 022 062 095"},
      {"046 086 001 004 072 022 021 053 002 006", "011 071 022 062 082"}};
  for (unsigned fold = 0; fold < 5; ++fold) {
    const Parts parts = acdc().divide("few-shot-10", fold);
    EXPECT_EQ(members(parts, "train"), words(table[fold].first)) << fold;
    EXPECT_EQ(members(parts, "validate"), words(table[fold].second)) << fold;
    EXPECT_EQ(members(parts, "test"),
              words("007 008 009 010 027 028 029 030 047 048 049 050 067 068 069 070 087 088 089 090"));
    EXPECT_THAT(members(parts, "unlabelled"), SizeIs(25));
  }
}

TEST(AcdcPolicies, ChosenShotsFollowThePublishedLists) {
  const Ids one = {"002", "042", "022", "062", "095"};
  const Ids three = {"002 022 042", "042 062 082", "022 042 082", "002 042 082", "002 042 095"};
  for (unsigned fold = 0; fold < 5; ++fold) {
    EXPECT_EQ(members(acdc().divide("one-shot", fold), "train"), Ids{one[fold]});
    EXPECT_EQ(members(acdc().divide("three_shot", fold), "train"), words(three[fold]));
  }
}

TEST(AcdcPolicies, TheKnownOverlapsOfTrainingAndValidationAreKept) {
  const auto overlap = [](const char* policy, unsigned fold) {
    Ids found;
    for (const auto& [id, parts] : overlaps(acdc().divide(policy, fold))) {
      EXPECT_THAT(parts, ElementsAre("train", "validate"));
      found.push_back(id);
    }
    return found;
  };
  EXPECT_THAT(overlap("few-shot-10", 0), IsEmpty());
  EXPECT_THAT(overlap("few-shot-10", 1), ElementsAre("002", "022"));
  EXPECT_THAT(overlap("few-shot-10", 4), ElementsAre("022"));
  EXPECT_THAT(overlap("one-shot", 3), ElementsAre("062"));
  EXPECT_THAT(overlap("standard", 0), IsEmpty());
}

TEST(AcdcPolicies, StandardIsSeventyTenTwenty) {
  const Parts parts = acdc().divide("standard", 0);
  EXPECT_THAT(parts, SizeIs(3));
  EXPECT_THAT(members(parts, "train"), SizeIs(70));
  EXPECT_THAT(members(parts, "validate"), SizeIs(10));
  EXPECT_THAT(members(parts, "test"), SizeIs(20));
}

TEST(AcdcPolicies, UpperBoundTrainsWithTheUnlabelledSubjects) {
  const Ids train = members(acdc().divide("few-shot-25-upperbound", 2), "train");
  EXPECT_THAT(train, SizeIs(50));
  EXPECT_THAT(members(acdc().divide("few-shot-25-upperbound", 2), "unlabelled"), IsEmpty());
}

TEST(AcdcPolicies, SmallerDrawsLieInLargerOnes) {
  for (unsigned fold = 0; fold < 5; ++fold) {
    const Ids large = members(acdc().divide("few-shot-10", fold), "train");
    EXPECT_EQ(members(acdc().divide("few-shot-3", fold), "train"), Ids(large.end() - 3, large.end()));
  }
}

TEST(AcdcPolicies, RefuseWhatTheyDoNotHave) {
  const auto refusal = [](const char* policy, unsigned fold) {
    return message<core::UsageError>([&] { acdc().divide(policy, fold); });
  };
  EXPECT_THAT(refusal("few-shot-10", 5), HasSubstr("has no fold 5"));
  EXPECT_THAT(refusal("standard", 1), HasSubstr("leave --fold out"));
  EXPECT_THAT(refusal("few-shot-0", 0), HasSubstr("'0' training subjects"));
  EXPECT_THAT(refusal("few-shot-41", 0), HasSubstr("1 to 40"));
  EXPECT_THAT(refusal("few-shot", 0), HasSubstr("how many"));
  EXPECT_THAT(refusal("few-shot-nan", 0), HasSubstr("'nan'"));
  EXPECT_THAT(refusal("two-shot", 0), HasSubstr("is no policy"));
  EXPECT_THAT(refusal("standard-upperbound", 0), HasSubstr("no unlabelled"));
  EXPECT_THAT(refusal("one-shot-3", 0), HasSubstr("is no policy"));
}

// What numpy prints for RandomState(seed).permutation(10).
TEST(NumpyPermutation, IsThatOfNumpy) {
  EXPECT_EQ(numpy_permutation(0, 10), (std::vector<std::size_t>{2, 8, 4, 9, 1, 6, 7, 3, 0, 5}));
  EXPECT_EQ(numpy_permutation(42, 10), (std::vector<std::size_t>{8, 1, 5, 0, 7, 2, 9, 4, 3, 6}));
}

TEST(AcdcPolicies, EverySettingAndFoldOfTheReferenceIsMet) {
  COOPSEG_NEEDS_GOLDEN(folder, "splits");
  const Json golden = core::read_json(folder / "acdc.json");
  const PolicyFile file = acdc();
  for (const auto& [fold, order] : golden["permutation"].items()) {
    EXPECT_EQ(numpy_permutation(static_cast<std::uint32_t>(std::stoul(fold)), order.size()),
              order.get<std::vector<std::size_t>>());
  }
  std::size_t compared = 0;
  for (const auto& [setting, entry] : golden["settings"].items()) {
    std::string policy = setting;
    const std::string digits = setting.substr(0, setting.find_first_not_of("0123456789."));
    if (!digits.empty()) {
      policy = "few-shot-" + digits + (setting.find("upperbound") != std::string::npos ? "-upperbound" : "");
    }
    const bool one_division = entry.contains("all_folds");
    const Json folds = one_division ? Json{{"0", entry["all_folds"]}} : entry["folds"];
    for (const auto& [fold, expected] : folds.items()) {
      SCOPED_TRACE(testing::Message() << policy << " fold " << fold);
      const Parts parts = file.divide(policy, static_cast<unsigned>(std::stoul(fold)));
      EXPECT_EQ(members(parts, "train"), expected["train"].get<Ids>());
      EXPECT_EQ(members(parts, "validate"), expected["validate"].get<Ids>());
      EXPECT_EQ(members(parts, "test"), golden["test"].get<Ids>());
      if (parts.size() == 4) {
        EXPECT_EQ(members(parts, "unlabelled"), golden["unlabelled"].get<Ids>());
      }
      Ids overlap;
      for (const auto& [id, names] : overlaps(parts)) overlap.push_back(id);
      Ids known = expected["train_and_validate_overlap"].get<Ids>();
      std::sort(known.begin(), known.end());
      EXPECT_EQ(overlap, known);
      ++compared;
    }
  }
  EXPECT_GE(compared, 1u);
}

TEST(MatchIds, FindsSubjectsByTheNumberTheyEndIn) {
  const auto subjects = subjects_of(list_of({{"patient007", ""}, {"8", ""}, {"sub-009", ""}, {"A0S9V7", ""}}));
  const Matched matched = match_ids({{"train", {"007", "008", "009", "010"}}}, subjects);
  EXPECT_THAT(matched.parts[0].members, ElementsAre("patient007", "8", "sub-009"));
  EXPECT_THAT(matched.missing, ElementsAre("010"));
  EXPECT_THAT(matched.not_named, ElementsAre("A0S9V7"));
}

TEST(MatchIds, RefusesTwoSubjectsOfOneNumber) {
  const auto subjects = subjects_of(list_of({{"patient007", ""}, {"7", ""}}));
  EXPECT_THAT(message<core::UsageError>([&] {
                match_ids({{"train", {"007"}}}, subjects);
              }),
              HasSubstr("same number 7"));
}

TEST(PartSize, UnderstandsNumbersFractionsAndRest) {
  EXPECT_EQ(*parse_part_size("train", "12").count, 12u);
  EXPECT_DOUBLE_EQ(*parse_part_size("train", "0.7").fraction, 0.7);
  EXPECT_DOUBLE_EQ(*parse_part_size("train", "70%").fraction, 0.7);
  EXPECT_DOUBLE_EQ(*parse_part_size("train", "1.0").fraction, 1.0);
  const PartSize rest = parse_part_size("train", "rest");
  EXPECT_FALSE(rest.count || rest.fraction);
  for (const char* bad : {"", "0", "-1", "1.5", "0.0", "ten", "12x", "%", "120%", "nan", "0.7.1"}) {
    EXPECT_THROW(parse_part_size("train", bad), core::UsageError) << bad;
  }
}

TEST(PartSize, FractionsThatAddUpToOnePlaceEverybody) {
  const std::vector<PartSize> sizes = {parse_part_size("a", "0.7"), parse_part_size("b", "0.1"),
                                       parse_part_size("c", "0.2")};
  EXPECT_THAT(resolve_sizes(sizes, 100), ElementsAre(70, 10, 20));
  EXPECT_THAT(resolve_sizes(sizes, 10), ElementsAre(7, 1, 2));
  EXPECT_THAT(resolve_sizes(sizes, 33), ElementsAre(23, 3, 7));  // 23.1, 3.3, 6.6
  EXPECT_THROW(resolve_sizes({parse_part_size("a", "8"), parse_part_size("b", "3")}, 10), core::UsageError);
  EXPECT_THROW(resolve_sizes({parse_part_size("a", "10"), parse_part_size("b", "rest")}, 10), core::UsageError);
  EXPECT_THROW(resolve_sizes({parse_part_size("a", "0.05")}, 10), core::UsageError);
}

TEST(RandomDivision, KeepsTheCasesOfASubjectTogether) {
  const auto cases = sites_of({{"a", 20}});
  const Parts parts =
      divide_at_random(subjects_of(cases), {parse_part_size("train", "15"), parse_part_size("test", "rest")}, 3);
  std::map<std::string, std::set<std::string>> parts_of;
  for (const Part& part : parts) {
    for (const Case& c : cases_of(part, cases)) {
      EXPECT_EQ(c.text("split"), part.name);
      parts_of[c.id()].insert(part.name);
    }
  }
  EXPECT_THAT(parts_of, SizeIs(20));
  for (const auto& [id, names] : parts_of) EXPECT_THAT(names, SizeIs(1)) << id;
  EXPECT_THAT(cases_of(parts[0], cases), SizeIs(30));
}

TEST(RandomDivision, DoesNotDependOnTheListsOrderButOnTheSeed) {
  auto cases = sites_of({{"a", 12}, {"b", 5}});
  const std::vector<PartSize> sizes = {parse_part_size("train", "0.5"), parse_part_size("test", "rest")};
  const auto train = [&](std::uint64_t seed) { return divide_at_random(subjects_of(cases), sizes, seed)[0].members; };
  const Ids before = train(0), other_seed = train(1);
  std::reverse(cases.begin(), cases.end());
  EXPECT_EQ(train(0), before);
  EXPECT_NE(other_seed, before);
}

TEST(RandomDivision, EveryStratumGivesItsShare) {
  const std::map<std::string, int> counts = {{"leeds", 40}, {"utrecht", 20}, {"lima", 10}};
  const auto cases = sites_of(counts);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Parts parts = divide_at_random(
        subjects_of(cases, "site"),
        {parse_part_size("train", "0.7"), parse_part_size("val", "0.1"), parse_part_size("test", "0.2")}, seed);
    const std::vector<double> share = {0.7, 0.1, 0.2};
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (const auto& [site, count] : counts) {
        const auto n =
            std::count_if(parts[p].members.begin(), parts[p].members.end(),
                          [&, name = site](const std::string& id) { return id.compare(0, name.size(), name) == 0; });
        EXPECT_DOUBLE_EQ(static_cast<double>(n), count * share[p]) << parts[p].name << " " << site;
      }
    }
  }
}

TEST(RandomDivision, RefusesASubjectInTwoStrata) {
  auto cases = sites_of({{"a", 2}});
  cases[1].set("site", "b");
  EXPECT_THAT(message<core::UsageError>([&] { subjects_of(cases, "site"); }),
              HasSubstr("another case of this subject"));
  EXPECT_THAT(message<core::UsageError>([&] { subjects_of(cases, "vendor"); }), HasSubstr("no field 'vendor'"));
}

TEST(Subjects, OfTwoDataSetsAreTwo) {
  auto cases = list_of({{"001", ""}, {"001", ""}});
  cases[0].set("dataset", "acdc");
  cases[1].set("dataset", "acdc");
  cases[2].set("dataset", "mine");
  cases[3].set("dataset", "mine");
  EXPECT_THAT(subjects_of(cases), SizeIs(2));
  EXPECT_THAT(cases_of({"train", {"acdc/001"}}, cases), SizeIs(2));
}

TEST(DivisionByField, MakesOnePartPerValue) {
  const auto cases = sites_of({{"a", 2}, {"b", 3}});
  const Parts parts = divide_by_field(cases, "site");
  ASSERT_THAT(parts, SizeIs(2));
  EXPECT_EQ(parts[0].name, "a");
  EXPECT_THAT(parts[1].members, ElementsAre("b0", "b1", "b2"));
  EXPECT_THAT(overlaps(divide_by_field(cases, "frame")), SizeIs(5));
  EXPECT_THAT(cases_with("frame", {"ED", {}}, cases), SizeIs(5));
  EXPECT_EQ(cases_with("frame", {"ED", {}}, cases)[4].frame(), "ED");
}

// Cases "0", "1" ... with these subjects and a label each.
std::vector<Case> of_subjects(const std::vector<std::string>& subjects) {
  std::vector<Case> cases;
  for (const std::string& subject : subjects) {
    const std::string id = std::to_string(cases.size());
    const Json fields{{"id", id}, {"image", id}, {"label", id + "_seg"}, {"subject", subject}};
    cases.emplace_back(fields, std::filesystem::path(), "list");
  }
  return cases;
}

TEST(Grouping, IsBySubjectWhereEveryCaseHasOne) {
  auto cases = of_subjects({"a", "a", "b"});
  EXPECT_THAT(subjects_of(cases, {}, Grouping::of(cases)), SizeIs(2));
  EXPECT_THAT(subjects_of(cases, {}, Grouping::of(cases, "id")), SizeIs(3));
  cases[2].erase("subject");
  EXPECT_THAT(subjects_of(cases, {}, Grouping::of(cases)), SizeIs(3));
  EXPECT_THAT(message<core::UsageError>([&] { Grouping::of(cases, "subject"); }),
              HasSubstr("2 has no field 'subject'"));
}

TEST(DivisionInTurn, FollowsTheListAndKeepsSubjectsTogether) {
  const auto cases = of_subjects({"d", "a", "d", "c", "a", "b"});
  const Grouping grouping = Grouping::of(cases);
  const Parts parts = divide_in_turn(cases, 2, grouping);
  EXPECT_THAT(members(parts, "0"), ElementsAre("c", "d"));
  EXPECT_THAT(members(parts, "1"), ElementsAre("a", "b"));
  EXPECT_THAT(cases_of(parts[0], cases, grouping), SizeIs(3));
  EXPECT_THROW(divide_in_turn(cases, 5, grouping), core::UsageError);
}

TEST(LabelledDivision, ReachesEveryNumberThatWholeSubjectsAddUpTo) {
  const auto cases = of_subjects({"a", "a", "a", "b", "b", "b", "c", "c", "d", "d", "d", "d", "d", "d", "d"});
  const Grouping grouping = Grouping::of(cases);
  const std::set<std::size_t> sums = {2, 3, 5, 6, 7, 8, 9, 10, 12, 13};
  for (std::size_t wanted = 1; wanted < 15; ++wanted) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      if (!sums.count(wanted)) {
        EXPECT_THROW(divide_labelled(cases, wanted, seed, grouping), core::UsageError) << wanted;
        continue;
      }
      const Parts parts = divide_labelled(cases, wanted, seed, grouping);
      EXPECT_THAT(cases_of(parts[0], cases, grouping), SizeIs(wanted));
      EXPECT_THAT(cases_of(parts[1], cases, grouping), SizeIs(15 - wanted));
    }
  }
  EXPECT_THAT(message<core::UsageError>([&] { divide_labelled(cases, 11, 0, grouping); }),
              HasSubstr("nearest are 10 and 12"));
  for (const Case& c : without_labels(cases)) EXPECT_FALSE(c.label());
}

TEST(LabelledDivision, TestsSubjectsWithLabelsTheSameForEveryNumber) {
  auto cases = of_subjects({"a", "b", "c", "c", "d", "e", "f", "g"});
  cases[0].erase("label");
  cases[2].erase("label");
  const Grouping grouping = Grouping::of(cases);
  std::set<std::string> tested;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Parts two = divide_labelled(cases, 1, seed, grouping, parse_part_size("test", "2"));
    const Parts half = divide_labelled(cases, 2, seed, grouping, parse_part_size("test", "0.4"));
    EXPECT_EQ(members(two, "test"), members(half, "test"));
    EXPECT_THAT(members(two, "test"), SizeIs(2));
    EXPECT_THAT(members(two, "unlabelled"), SizeIs(4));
    EXPECT_THAT(overlaps(two), IsEmpty());
    EXPECT_THAT(members(half, "labelled"), testing::Contains(members(two, "labelled").front()));
    for (const std::string& subject : members(two, "test")) tested.insert(subject);
  }
  EXPECT_THAT(tested, ElementsAre("b", "d", "e", "f", "g"));
  EXPECT_THAT(message<core::UsageError>([&] { divide_labelled(cases, 4, 0, grouping, parse_part_size("test", "2")); }),
              HasSubstr("have 3 in all"));
  EXPECT_THROW(divide_labelled(cases, 1, 0, grouping, parse_part_size("test", "6")), core::UsageError);
  EXPECT_THROW(divide_labelled(cases, 1, 0, grouping, parse_part_size("test", "0.1")), core::UsageError);
}

TEST(PolicyFiles, OfAnotherFormAreRefused) {
  const auto refusal = [](const Json& json) {
    return message<core::DataError>([&] { PolicyFile::parse(json, "mine.json"); });
  };
  const auto with = [](const Json& policy) {
    return Json{{"schema", "coopseg.splits/1"}, {"dataset", "mine"}, {"policies", {{"half", policy}}}};
  };
  EXPECT_THAT(refusal(Json::array()), HasSubstr("mine.json"));
  EXPECT_THAT(refusal(Json{{"schema", "coopseg.splits/1"}}), HasSubstr("policies"));
  EXPECT_THAT(refusal(with({{"train", "1-4"}})), HasSubstr("validate"));
  EXPECT_THAT(refusal(with({{"train", "4-1"}, {"validate", "5"}})), HasSubstr("empty range"));
  EXPECT_THAT(refusal(with({{"train", "1,2"}, {"validate", "5"}})), HasSubstr("'1,2'"));
  EXPECT_THAT(refusal(with({{"draw", "pool"}, {"validate", "5"}})), HasSubstr("empty"));
  const PolicyFile good = PolicyFile::parse(with({{"train", "1-3"}, {"validate", Json{"4", "5"}}}), "mine.json");
  EXPECT_THAT(members(good.divide("half", 1), "validate"), ElementsAre("005"));
}

}  // namespace
}  // namespace coopseg::dataset
