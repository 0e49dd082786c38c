# SPDX-License-Identifier: GPL-3.0-or-later

# earshot_add_library(<name> ALIAS <Alias> SOURCES … [RESOURCES …] LINK … [PRIVATE_LINK …])
# One static library per folder; the LINK lines are the architecture (docs/architecture.md).
function(earshot_add_library name)
    cmake_parse_arguments(ARG "" "ALIAS" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    qt_add_library(earshot_${name} STATIC ${ARG_SOURCES})
    add_library(Earshot::${ARG_ALIAS} ALIAS earshot_${name})
    target_link_libraries(earshot_${name} PUBLIC earshot_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# earshot_add_test(tst_<class> SOURCES … LINK … [LABELS …] [TIMEOUT seconds] [ENVIRONMENT …])
function(earshot_add_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS;ENVIRONMENT" ${ARGN})
    if(NOT ARG_SOURCES)
        set(ARG_SOURCES ${name}.cpp)
    endif()
    qt_add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE earshot_options Qt6::Test ${ARG_LINK})
    add_test(NAME ${name} COMMAND ${name})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${ARG_TIMEOUT}
        LABELS "${ARG_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;EARSHOT_SOURCE_DIR=${PROJECT_SOURCE_DIR};EARSHOT_BUILD_DIR=${PROJECT_BINARY_DIR};LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/lsan.supp:print_suppressions=0;UBSAN_OPTIONS=print_stacktrace=1;${ARG_ENVIRONMENT}")
endfunction()
