// The texts about settings that are made from their definitions: conf/larder.conf and
// docs/configuration.md.
#pragma once

#include <string>

namespace larder::settings {

// A configuration file with every setting that does something: those that differ from the default
// as directives, the others commented out.
std::string example_file();

// The manual's chapter, in Markdown.
std::string manual();

}  // namespace larder::settings
