/* script_ask.c -- modules whose functions ask for what a block cannot do itself.
 *
 * A question goes out with its arguments as values, and what comes back is a
 * value or an error at the line that asked. Nothing is judged here: what may
 * be had is for those to say who answer, since this process may be anybody's.
 */
#include "runtime/script_private.h"

#include <string.h>

enum { MOST_ARGS = 4 };

Status script_answer(const ScriptCall *call, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    *out = VALUE_NONE;
    if (!call->answer) return fail(err, ST_FAILED, "%s: nobody answers that here", q->what);
    return call->answer(call->answer_self, q, a, out, err);
}

/* The function's whole name is its upvalue. What leaves the block so counts as what it gives. */
static int l_ask(lua_State *L)
{
    Script *s = script_of(L);
    ScriptQuestion q = {.what = lua_tostring(L, lua_upvalueindex(1)), .args_n = (uint32_t)lua_gettop(L)};
    Value args[MOST_ARGS], answer;
    Error why;
    sandbox_check_clock(L);
    if (q.args_n > MOST_ARGS) return luaL_error(L, "%s: it is given too much", q.what);
    arena_reset(s->scratch);
    for (uint32_t i = 0; i < q.args_n; i++)
        if (!values_pull(s, (int)i + 1, s->scratch, &args[i], &why)) return luaL_error(L, "%s: %s", q.what, why.text);
    q.args = args;
    int64_t left = s->until - clock_ticks();
    q.micros = left > 0 ? left : 1;
    if (script_answer(s->call, &q, s->scratch, &answer, &why) != ST_OK) return luaL_error(L, "%s", why.text);
    sandbox_check_clock(L);
    values_push(L, &answer);
    return 1;
}

/* Into the module that is on top of the stack. */
static void offer(lua_State *L, const char *name, const char *whole)
{
    lua_pushstring(L, whole);
    lua_pushcclosure(L, l_ask, 1);
    lua_setfield(L, -2, name);
}

void asking_open(lua_State *L)
{
    static const char *const functions[] = {"query.metric", "query.cases", "file.read", "file.write",
                                            "file.append", "file.list", "file.exists", "http.get", "http.head",
                                            "http.post", "http.put", "http.patch", "http.delete", "mail.send"};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const char *name = strchr(functions[i], '.') + 1;
        lua_pushlstring(L, functions[i], (size_t)(name - 1 - functions[i]));
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TTABLE) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_rawset(L, -5);
        }
        offer(L, name, functions[i]);
        lua_pop(L, 2);
    }
}
