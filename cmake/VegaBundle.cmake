# Debian packs Vega as one file per part, each an AMD module. This joins the parts that charts need, lower ones first,
# behind the few lines that hand each module those it names: one script, global `vega`, that fits into a page.
# Expressions are interpreted (vega-interpreter), not compiled: the page may forbid eval.

set(COOPSEG_VEGA_PARTS vega-util vega-time vega-format vega-loader vega-dataflow vega-canvas vega-statistics vega-scale
  vega-scenegraph vega-expression vega-event-selector vega-selection vega-functions vega-runtime vega-parser vega-view
  vega-transforms vega-view-transforms vega-encode vega-interpreter)

function(coopseg_vega_bundle folder output)
  set(script "")
  set(notice /usr/share/doc/libjs-vega/copyright)
  if(EXISTS "${notice}")
    file(READ "${notice}" terms)
    string(REPLACE "*/" "* /" terms "${terms}")
    string(APPEND script "/*\n${terms}*/\n")
  else()
    string(APPEND script "/* Vega, BSD-3-Clause, UW Interactive Data Lab. */\n")
  endif()
  string(APPEND script
    "const vega = (function () {\nconst modules = {};\nlet name;\n"
    "function define(needs, make) {\n"
    "  modules[name] = {};\n"
    "  make(...needs.map((need) => modules[need === 'exports' ? name : need]));\n"
    "}\ndefine.amd = true;\n")
  foreach(part IN LISTS COOPSEG_VEGA_PARTS)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${folder}/${part}.min.js")
    file(READ "${folder}/${part}.min.js" code)
    # Maps are no part of the bundle: a browser would look for them.
    string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" code "${code}")
    set(module "${part}")
    if(part STREQUAL vega-selection)
      set(module vega-selections)  # what the other parts call it
    endif()
    string(APPEND script "name = '${module}';\n${code}\n")
  endforeach()
  string(APPEND script
    "Object.assign(modules['vega-dataflow'].transforms, modules['vega-transforms'], modules['vega-view-transforms'],\n"
    "  modules['vega-encode']);\n"
    "return { View: modules['vega-view'].View, parse: modules['vega-parser'].parse,\n"
    "  interpreter: modules['vega-interpreter'].expressionInterpreter };\n})();\n")
  if(script MATCHES "</script|<!--")
    message(FATAL_ERROR "${folder}: holds markup that would end a script element; use another version of libjs-vega")
  endif()
  file(WRITE "${output}" "${script}")
endfunction()
