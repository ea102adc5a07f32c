# cmake -D OUT=file.cc -D IN=file.textproto -D HEADER=a/b.h -D FUNCTION=Text -P embed_text.cmake
# Writes a text into a C++ file, as the function `absl::string_view FUNCTION()` of afterhours::core.
file(READ ${IN} text)
file(WRITE ${OUT} "#include \"${HEADER}\"\n\nnamespace afterhours::core {\n\nabsl::string_view ${FUNCTION}() { return R\"_text_(${text})_text_\"; }\n\n}  // namespace afterhours::core\n")
