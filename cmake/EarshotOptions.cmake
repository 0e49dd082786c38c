# SPDX-License-Identifier: GPL-3.0-or-later
# Compile options every target of ours shares. Warnings become errors in the presets, not here, so that a packager with another
# compiler can still build.
add_library(earshot_options INTERFACE)
target_compile_features(earshot_options INTERFACE cxx_std_20)
target_compile_options(earshot_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Woverloaded-virtual -Wnon-virtual-dtor)
target_compile_definitions(earshot_options INTERFACE
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY QT_NO_URL_CAST_FROM_STRING
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_FOREACH QT_NO_JAVA_STYLE_ITERATORS QT_USE_QSTRINGBUILDER
    QT_STRICT_ITERATORS QT_NO_CONTEXTLESS_CONNECT QT_DISABLE_DEPRECATED_BEFORE=0x060400
    EARSHOT_VERSION="${PROJECT_VERSION}")
target_include_directories(earshot_options INTERFACE "${PROJECT_SOURCE_DIR}")

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(EARSHOT_SANITIZE)
    target_compile_options(earshot_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
        -fno-sanitize-recover=undefined)
    target_link_options(earshot_options INTERFACE -fsanitize=address,undefined)
endif()

if(EARSHOT_BUILD_FUZZERS)
    target_compile_options(earshot_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(EARSHOT_CCACHE ccache)
if(EARSHOT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${EARSHOT_CCACHE}")
endif()
find_program(EARSHOT_MOLD mold)
if(EARSHOT_MOLD)
    add_link_options(-fuse-ld=mold)
endif()
