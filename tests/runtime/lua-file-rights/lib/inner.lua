function get(path) return file.read(path) end
function put(path, text) file.write(path, text) return "written" end
function try(f, ...) print((...) .. ":", select(2, pcall(f, ...))) end
