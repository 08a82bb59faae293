-- What a block asks for, and may not have. It may read data/ and write out/, and ask a.example and 127.0.0.1:1.
--# a file that it may have => gives one
return file.read('data/one.txt')
--# one that it may not => fails nothing allows this
return file.read('secret.txt')
--# beside a folder whose name begins so => fails nothing allows this
return file.read('database.txt')
--# up => fails leads up
return file.read('data/../secret.txt')
--# up, and down again => fails leads up
return file.read('data/x/../../data/one.txt')
--# up at the end => fails leads up
return file.list('data/..')
--# from the root => fails is absolute
return file.read('/etc/passwd')
--# from the root, with many slashes => fails is absolute
return file.read('///etc/passwd')
--# dots and slashes that lead nowhere else => gives one
return file.read('.//data/././/one.txt')
--# a name of dots is no way up => fails there is no such file
return file.read('data/...')
--# a link to a file => fails is a link
return file.read('data/link')
--# a link to a folder => fails is a link
return file.read('data/way/passwd')
--# a link in a list => fails is a link
return file.list('data/way')
--# a link that is written => fails is a link
file.write('out/link', 'x')
--# a link that is added to => fails is a link
file.append('out/link', 'x')
--# a folder behind a link => fails is a link
file.write('out/way/x', 'x')
--# a pipe hangs nobody => fails is no ordinary file
return file.read('data/pipe')
--# a pipe that is written => fails is no ordinary file
file.append('out/pipe', 'x')
--# a folder is no file => fails it is a folder
return file.read('data')
--# nor is one written => fails it is a folder
file.write('out/new', '') file.write('out/new2/x', '') file.write('out/new2', 'x')
--# where it may only read => fails nothing allows this
file.write('data/one.txt', 'x')
--# where it may only write => fails nothing allows this
return file.read('out/x')
--# the program itself => fails nothing allows this
file.write('shop.ops', 'x')
--# a NUL in a path => fails holds a NUL
return file.read('data/one.txt\0/../../x')
--# a path that is none => fails a path, as a text, is wanted
return file.read({})
--# nothing => fails a path, as a text, is wanted
return file.read()
--# no path => fails names no file
return file.read('')
--# the folder itself => fails names no file
return file.read('.')
--# a long name => fails too long
return file.read('data/' .. ('x'):rep(300))
--# a longer one => fails at most 400 bytes
return file.read('data/' .. ('x'):rep(5000))
--# a deep path => fails there is no such file
return file.read('data/' .. ('x/'):rep(150))
--# the store => fails is the store's
return file.read('data/.ops/store.db')
--# bytes => fails a text is not UTF-8
file.write('out/x', '\xff')
--# too much at once => fails longer than 16 MB
local t = ('x'):rep(16 << 20) file.write('out/x', t .. 'y')
--# a device by its number => fails there is no such file
return file.read('data/proc/self/fd/0')
--# a name that a shell would run => fails there is no such file
return file.read('data/$(id)`id`;id|id')
--# a path with a star => fails there is no such file
return file.read('data/*')
--# more than a question takes => fails it is given too much
file.read('data/one.txt', 1)
--# a function => fails a function cannot leave Lua
file.write('out/x', print)
--# a table that holds itself => fails a table is nested too deeply
local t = {} t[1] = t query.cases(t)
--# the module is the block's alone => fails attempt to call a nil value
file.read = nil file.read('data/one.txt')
--# a replaced function changes nobody's => gives mine
file.read = function() return 'mine' end return file.read('secret.txt')
--# pcall goes on => gives one
pcall(file.read, 'secret.txt') return file.read('data/one.txt')
--# a host that is not allowed => fails nothing allows this
http.get('https://b.example/')
--# a host that ends so => fails nothing allows this
http.get('https://xa.example/')
--# a host that begins so => fails nothing allows this
http.get('https://a.example.evil.example/')
--# a host as a user => fails holds a name or a password
http.get('https://a.example@evil.example/')
--# a host as a password => fails holds a name or a password
http.get('https://x:a.example@evil.example/')
--# a host behind a mark => fails nothing allows this
http.get('https://evil.example#a.example')
--# a host behind a question => fails nothing allows this
http.get('https://evil.example?a.example')
--# a host behind a backslash => fails holds a blank
http.get('https://evil.example\\.a.example/')
--# another port => fails nothing allows this
http.get('https://a.example:8080/')
--# the usual port of the other => fails nothing allows this
http.get('https://a.example:80/')
--# an address in another form => fails nothing allows this
http.get('http://2130706433:1/')
--# in another => fails nothing allows this
http.get('http://0x7f.1:1/')
--# as IPv6 => fails nothing allows this
http.get('http://[::ffff:127.0.0.1]:1/')
--# a file => fails begins with neither
http.get('file:///etc/passwd')
--# another protocol => fails begins with neither
http.get('gopher://a.example/')
--# a line end in the address => fails holds a blank
http.get('http://a.example/\r\nX: y')
--# a line end in a header => fails one line
http.get('http://a.example/', {headers = {X = 'a\nB: c'}})
--# a line end in a header's name => fails no header's name
http.get('http://a.example/', {headers = {['X\r\nB'] = 'a'}})
--# a header of ours => fails follows from the request
http.get('http://a.example/', {headers = {['transfer-encoding'] = 'chunked'}})
--# an option that is none => fails there is no `proxy`
http.get('http://a.example/', {proxy = 'http://evil.example/'})
--# without any time => fails timeout
http.get('http://a.example/', {timeout = 0})
--# very many redirects => fails redirects
http.get('http://a.example/', {redirects = 1 << 40})
--# nothing that could be sent => fails an address
http.get(nil, {})
--# what is allowed, where nothing is sent => fails nothing is sent from here
http.get('http://a.example/')
--# a mail to a line end => fails is no mail address
mail.send{to = 'a@b.example\nBcc: c@d.example', subject = 'x', body = 'y'}
--# a mail to an option => fails is no mail address
mail.send{to = '-oQ/tmp', subject = 'x', body = 'y'}
--# a mail without anybody => fails the list is empty
mail.send{to = {}, subject = 'x', body = 'y'}
--# a question that nobody knows => fails attempt to call a nil value
query.drop('cases')
--# a metric that is none => fails there is no metric
return query.metric("x' OR 1=1 --")
--## questions without end => fails it ran for
while true do pcall(query.metric, 'x') end
--## much through many questions => fails larger than 64 MB
local t = ('x'):rep(8 << 20) while true do local ok, why = pcall(file.write, 'no/x', t) if why:find('64 MB') then error(why) end end
