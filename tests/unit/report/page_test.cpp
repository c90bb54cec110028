#include "coopseg/report/page.h"

#include <gmock/gmock.h>

#include <fstream>

#include "made_up.h"

namespace coopseg::report {
namespace {

using test::cases_of;
using test::read;
using testing::HasSubstr;
using testing::Not;

TEST(Provenance, ShowsSettingsModelsAndNoFolders) {
  test::Lists lists;
  const std::string sha(64, 'a');
  auto list =
      lists.list("coop", cases_of({0.5}, R"("model":"/home/me/best.safetensors","model_sha256":")" + sha + "\","));
  list.run = lists.folder() / "run";
  std::filesystem::create_directory(list.run);
  std::ofstream(list.run / "config.json")
      << R"({"schema":"coopseg.run/1","program":"cs-train-coop","version":"0.1.0",)"
         R"("command":["cs-train-coop","/home/me/secret.json"],"settings":{"seed":7,"latent":{"image":true}}})";
  const Experiment e = read({list});
  const std::string text = provenance_part(e, read_runs(e));
  EXPECT_THAT(text, HasSubstr("<tr><th scope=\"row\">settings.latent.image</th><td>true</td></tr>"));
  EXPECT_THAT(text, HasSubstr("cs-train-coop secret.json"));
  EXPECT_THAT(text, HasSubstr("best.safetensors <code>" + sha + "</code>"));
  EXPECT_THAT(text, HasSubstr("1.jsonl"));
  EXPECT_THAT(text, Not(HasSubstr("/home")));
  EXPECT_THAT(text, Not(HasSubstr(lists.folder().path().string())));
}

TEST(Page, SaysWhatToKnowBeforeBelievingIt) {
  test::Lists lists;
  const Experiment e = read({lists.list("<a>", cases_of({0.5, 0.6})), lists.list("b", cases_of({0.5}))});
  const Page page = make_page({"<title>", e, {}, 0, 0});
  EXPECT_THAT(page.html, HasSubstr("<h1>&lt;title&gt;</h1>"));
  EXPECT_THAT(page.html, HasSubstr("hold other cases than that of &lt;a&gt;"));
  EXPECT_THAT(page.html, Not(HasSubstr("unsafe-eval")));
  EXPECT_EQ(page.n_unreadable, 0u);
}

TEST(Page, CountsCasesThatCannotBeShown) {
  test::Lists lists;
  const Experiment e = read({lists.list("a", cases_of({0.5, 0.6}, "\"prediction\":\"q\","))});
  const Page page = make_page({"t", e, {}, 3, 3});
  EXPECT_EQ(page.n_unreadable, 2u);
  EXPECT_THAT(page.html, HasSubstr("Its files could not be read"));
}

}  // namespace
}  // namespace coopseg::report
