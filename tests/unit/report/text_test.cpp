#include "coopseg/report/text.h"

#include <gtest/gtest.h>

namespace coopseg::report {
namespace {

TEST(Html, LeavesNoMarkupOfTheText) {
  EXPECT_EQ(html("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
}

TEST(Html, KeepsLettersOfAllAlphabets) { EXPECT_EQ(html("München 心"), "München 心"); }

TEST(Html, ReplacesWhatIsNoText) {
  EXPECT_EQ(html("a\nb\x7f"), "a b ");
  EXPECT_EQ(html("a\xff"), "a\xef\xbf\xbd");
}

TEST(Markdown, KeepsACellACell) { EXPECT_EQ(markdown("a|b *c* <d>\n"), "a\\|b \\*c\\* \\<d\\> "); }

TEST(Csv, QuotesWhatWouldSplitAField) {
  EXPECT_EQ(csv("plain"), "plain");
  EXPECT_EQ(csv("a,\"b\""), "\"a,\"\"b\"\"\"");
}

TEST(ScriptJson, CannotEndItsElement) {
  const core::Json value{{"case", "</script><!--"}};
  EXPECT_EQ(script_json(value).find('<'), std::string::npos);
  EXPECT_EQ(core::Json::parse(script_json(value)), value);
}

// RFC 4648, section 10.
TEST(Base64, EncodesTheStandardsExamples) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

// FIPS 180-2, appendix B.1.
TEST(Sha256, IsGivenAsAPolicyWantsIt) {
  EXPECT_EQ(sha256_base64("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

}  // namespace
}  // namespace coopseg::report
