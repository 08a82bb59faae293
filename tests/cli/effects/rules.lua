return { post = function() end }
