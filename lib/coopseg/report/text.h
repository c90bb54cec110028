// Text from files and command lines on its way into a page, a table or a script: nothing of it is taken for markup.
// Bytes that are not UTF-8 and control characters become U+FFFD and blanks.
#pragma once

#include <string>

#include "coopseg/core/json.h"
#include "coopseg/image/picture.h"

namespace coopseg::report {

std::string html(const std::string& text);      // for element content and quoted attributes
std::string markdown(const std::string& text);  // for a cell of a table
std::string csv(const std::string& text);       // one field, quoted where it must be (RFC 4180)

// JSON inside <script type="application/json">: holds no "<", so that no string can end the element.
std::string script_json(const core::Json& value);

std::string colour_text(const image::Colour& colour);  // "#e69f00"

std::string base64(const std::string& bytes);        // for data: addresses
std::string sha256_base64(const std::string& text);  // for the page's policy: 'sha256-...'

}  // namespace coopseg::report
