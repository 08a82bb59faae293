printf 'tab\tbell\a colour\033[31m back\r\nno text \377\376\303(, NUL \0, hidden \342\200\256 turn\nend'
