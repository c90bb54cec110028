#include "coopseg/report/text.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace coopseg::report {

namespace {

std::string cleaned(const std::string& text) {
  // The JSON writer replaces what is not UTF-8.
  auto clean = core::Json::parse(core::to_line(core::Json(text))).get<std::string>();
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
  return clean;
}

}  // namespace

std::string html(const std::string& text) {
  std::string out;
  for (char c : cleaned(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string markdown(const std::string& text) {
  std::string out;
  for (char c : cleaned(text)) {
    if (std::string("\\|*_`<>[]&").find(c) != std::string::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string csv(const std::string& text) {
  std::string clean = cleaned(text);
  if (clean.find_first_of(",\"") == std::string::npos) return clean;
  std::string out = "\"";
  for (char c : clean) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string script_json(const core::Json& value) {
  std::string out;
  for (char c : core::to_line(value)) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

std::string colour_text(const image::Colour& c) { return fmt::format("#{:02x}{:02x}{:02x}", c[0], c[1], c[2]); }

std::string base64(const std::string& bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the encoder closes with a zero
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string sha256_base64(const std::string& text) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return base64(std::string(digest.begin(), digest.end()));
}

}  // namespace coopseg::report
