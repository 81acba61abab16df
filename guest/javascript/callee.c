/*
 * callee.c: what a call that failed called, as its source has it: the "o.f" of "o.f is not a function". Part of engine.c.
 *
 * Owns nothing. The engine keeps no source of scripts, so the text is put together from the bytecode before the call: which instruction
 * made the function, and which made what that needed. Where paths meet in between, it is "(intermediate value)", as V8 says of
 * what it does not show.
 */

#define CALLEE_OPS     512 /* instructions before the call that are looked at */
#define CALLEE_TARGETS 64
#define CALLEE_DEPTH   16
#define CALLEE_ROOM    160

struct callee {
    JSContext *context;
    JSFunctionBytecode *function;
    uint32_t ops[CALLEE_OPS]; /* where they begin, in order … */
    int count;                /* … and the last one */
    uint32_t targets[CALLEE_TARGETS];
    int target_count;
    char text[CALLEE_ROOM];
    size_t used;
};

static void callee_put(struct callee *c, const char *text)
{
    size_t size = strlen(text);

    if (size < sizeof c->text - c->used) {
        memcpy(c->text + c->used, text, size + 1);
        c->used += size;
    }
}

static void callee_put_atom(struct callee *c, JSAtom atom)
{
    char name[ATOM_GET_STR_BUF_SIZE];

    callee_put(c, JS_AtomGetStr(c->context, name, sizeof name, atom));
}

static const JSOpCode *callee_info(const struct callee *c, uint32_t at)
{
    uint8_t op = c->function->byte_code_buf[at];

    return &short_opcode_info(op);
}

/* Where an instruction may jump to; 0 if it may not. */
static uint32_t callee_target(const struct callee *c, uint32_t at)
{
    const uint8_t *code = c->function->byte_code_buf + at;

    switch (callee_info(c, at)->fmt) {
    case OP_FMT_label:
    case OP_FMT_label_u16:
        return at + 1 + get_u32(code + 1);
    case OP_FMT_label8:
        return at + 1 + (uint32_t)(int8_t)code[1];
    case OP_FMT_label16:
        return at + 1 + (uint32_t)(int16_t)get_u16(code + 1);
    case OP_FMT_atom_label_u8:
    case OP_FMT_atom_label_u16:
        return at + 5 + get_u32(code + 5);
    default:
        return 0;
    }
}

static bool callee_is_target(const struct callee *c, uint32_t at)
{
    for (int i = 0; i < c->target_count && i < CALLEE_TARGETS; i++)
        if (c->targets[i] == at)
            return true;
    return false;
}

/* Notes the instructions up to `end`; what came long before is forgotten. */
static void callee_read(struct callee *c, uint32_t end)
{
    for (uint32_t at = 0; at < end; at += callee_info(c, at)->size) {
        uint32_t target = callee_target(c, at);

        if (c->count == CALLEE_OPS) {
            memmove(c->ops, c->ops + CALLEE_OPS / 2, CALLEE_OPS / 2 * sizeof *c->ops);
            c->count = CALLEE_OPS / 2;
        }
        c->ops[c->count++] = at;
        if (target > at)
            c->targets[c->target_count++ % CALLEE_TARGETS] = target;
    }
}

/* How many arguments a call has besides what its description counts. */
static int callee_arguments(const struct callee *c, uint32_t at)
{
    uint8_t op = c->function->byte_code_buf[at];

    switch (callee_info(c, at)->fmt) {
    case OP_FMT_npop:
    case OP_FMT_npop_u16:
        return get_u16(c->function->byte_code_buf + at + 1);
    case OP_FMT_npopx:
        return op - OP_call0;
    default:
        return 0;
    }
}

/* The instruction before `index` that made the value at `*depth` of the stack, which becomes its place among what that made; -1 where it
 * depends on the way. */
static int callee_producer(const struct callee *c, int index, int *depth)
{
    while (index > 0) {
        const JSOpCode *info;
        uint8_t op;

        if (callee_is_target(c, c->ops[index]))
            return -1;
        info = callee_info(c, c->ops[--index]);
        op = c->function->byte_code_buf[c->ops[index]];
        if (callee_target(c, c->ops[index]) || op == OP_ret || op == OP_throw || op == OP_return ||
            op == OP_return_undef)
            return -1;
        if (*depth < info->n_push)
            return index;
        *depth += info->n_pop + callee_arguments(c, c->ops[index]) - info->n_push;
    }
    return -1;
}

static void callee_render(struct callee *c, int index, int depth, int level);

static void callee_put_value(struct callee *c, int index, int depth, int level)
{
    int producer = level < CALLEE_DEPTH ? callee_producer(c, index, &depth) : -1;

    if (producer < 0)
        callee_put(c, "(intermediate value)");
    else
        callee_render(c, producer, depth, level + 1);
}

/* A variable: 1 when the instruction is one. */
static int callee_put_variable(struct callee *c, uint32_t at, int slot)
{
    JSFunctionBytecode *b = c->function;
    const uint8_t *code = b->byte_code_buf + at;
    JSAtom name = JS_ATOM_NULL;

    switch (callee_info(c, at)->fmt) {
    case OP_FMT_loc:
        name = b->vardefs[b->arg_count + get_u16(code + 1)].var_name;
        break;
    case OP_FMT_loc8:
        name = b->vardefs[b->arg_count + code[1]].var_name;
        break;
    case OP_FMT_none_loc:
        if (*code == OP_get_loc0_loc1)
            name = b->vardefs[b->arg_count + (slot == 0)].var_name;
        else if (*code >= OP_get_loc0 && *code <= OP_get_loc3)
            name = b->vardefs[b->arg_count + *code - OP_get_loc0].var_name;
        break;
    case OP_FMT_arg:
        name = b->vardefs[get_u16(code + 1)].var_name;
        break;
    case OP_FMT_none_arg:
        if (*code >= OP_get_arg0 && *code <= OP_get_arg3)
            name = b->vardefs[*code - OP_get_arg0].var_name;
        break;
    case OP_FMT_var_ref:
        name = b->closure_var[get_u16(code + 1)].var_name;
        break;
    case OP_FMT_none_var_ref:
        if (*code >= OP_get_var_ref0 && *code <= OP_get_var_ref3)
            name = b->closure_var[*code - OP_get_var_ref0].var_name;
        break;
    case OP_FMT_atom:
        if (*code == OP_get_var || *code == OP_get_var_undef)
            name = get_u32(code + 1);
        break;
    }
    if (name == JS_ATOM_NULL)
        return 0;
    callee_put_atom(c, name);
    return 1;
}

static void callee_put_element(struct callee *c, int index, int level)
{
    int depth = 0, key = callee_producer(c, index, &depth);
    const uint8_t *code = key < 0 ? NULL : c->function->byte_code_buf + c->ops[key];

    callee_put_value(c, index, 1, level);
    if (code && *code == OP_push_atom_value) {
        callee_put(c, ".");
        callee_put_atom(c, get_u32(code + 1));
        return;
    }
    callee_put(c, "[");
    callee_put_value(c, index, 0, level);
    callee_put(c, "]");
}

static void callee_put_number(struct callee *c, int number)
{
    char text[16];

    snprintf(text, sizeof text, "%d", number);
    callee_put(c, text);
}

/* What the instruction at `index` made, at `slot` of it. */
static void callee_render(struct callee *c, int index, int slot, int level)
{
    uint32_t at = c->ops[index];
    const uint8_t *code = c->function->byte_code_buf + at;

    if (callee_put_variable(c, at, slot))
        return;
    switch (*code) {
    case OP_get_field2:
        callee_put_value(c, index, 0, level);
        if (slot == 1)
            return;
        callee_put(c, ".");
        callee_put_atom(c, get_u32(code + 1));
        return;
    case OP_get_field:
        callee_put_value(c, index, 0, level);
        callee_put(c, ".");
        callee_put_atom(c, get_u32(code + 1));
        return;
    case OP_get_length:
        callee_put_value(c, index, 0, level);
        callee_put(c, ".length");
        return;
    case OP_get_array_el:
        callee_put_element(c, index, level);
        return;
    case OP_get_array_el2:
        if (slot == 1)
            callee_put_value(c, index, 1, level);
        else
            callee_put_element(c, index, level);
        return;
    case OP_call:
    case OP_call0:
    case OP_call1:
    case OP_call2:
    case OP_call3:
    case OP_call_method:
        callee_put_value(c, index, callee_arguments(c, at), level);
        callee_put(c, "(...)");
        return;
    case OP_dup:
        callee_put_value(c, index, 0, level);
        return;
    case OP_push_this:
        callee_put(c, "this");
        return;
    case OP_null:
        callee_put(c, "null");
        return;
    case OP_undefined:
        callee_put(c, "undefined");
        return;
    case OP_push_false:
    case OP_push_true:
        callee_put(c, *code == OP_push_true ? "true" : "false");
        return;
    case OP_push_i32:
        callee_put_number(c, (int)get_u32(code + 1));
        return;
    case OP_push_i16:
        callee_put_number(c, (int16_t)get_u16(code + 1));
        return;
    case OP_push_i8:
        callee_put_number(c, (int8_t)code[1]);
        return;
    case OP_push_atom_value:
        callee_put(c, "\"");
        callee_put_atom(c, get_u32(code + 1));
        callee_put(c, "\"");
        return;
    default:
        if (*code >= OP_push_minus1 && *code <= OP_push_7)
            callee_put_number(c, *code - OP_push_0);
        else
            callee_put(c, "(intermediate value)");
    }
}

static JSValue belljar_not_callable(JSContext *context, const char *what)
{
    JSStackFrame *frame = context->rt->current_stack_frame;
    JSObject *caller = frame ? JS_VALUE_GET_OBJ(frame->cur_func) : NULL;
    struct callee *c;
    JSValue thrown;

    if (!caller || !js_class_has_bytecode(caller->class_id) || !frame->cur_pc)
        return JS_ThrowTypeError(context, "(intermediate value) is not a %s", what);
    c = js_mallocz(context, sizeof *c);
    if (!c)
        return JS_EXCEPTION;
    c->context = context;
    c->function = caller->u.func.function_bytecode;
    callee_read(c, (uint32_t)(frame->cur_pc - c->function->byte_code_buf));
    if (c->count > 0) {
        uint32_t at = c->ops[c->count - 1];
        bool is_new = c->function->byte_code_buf[at] == OP_call_constructor;

        callee_put_value(c, c->count - 1, callee_arguments(c, at) + is_new, 0);
    }
    thrown = JS_ThrowTypeError(context, "%s is not a %s", c->text, what);
    js_free(context, c);
    return thrown;
}

/* The code of what a pattern takes apart stands behind the pattern's, and jumps back to it: reads up to that jump, where there is one.
 * Returns the index of the instruction before which the value was made. */
static int callee_initializer(struct callee *c, uint32_t end)
{
    const uint32_t size = (uint32_t)c->function->byte_code_len;
    int first = c->count - 1;

    /* An expression keeps the value besides. */
    if (first > 0 && c->function->byte_code_buf[c->ops[first - 1]] == OP_dup)
        first--;
    for (uint32_t at = end; at < size; at += callee_info(c, at)->size) {
        if (callee_target(c, at) != c->ops[first])
            continue;
        c->count = c->target_count = 0;
        callee_read(c, at + callee_info(c, at)->size);
        break;
    }
    return c->count - 1;
}

/* The instruction that reads the first property of a pattern, before which the place for it may be looked up; NULL where the name is
 * computed, or there is none. */
static const uint8_t *callee_first_read(const JSFunctionBytecode *function, const uint8_t *at)
{
    const uint8_t *end = function->byte_code_buf + function->byte_code_len;

    for (int i = 0; i < 6 && at < end; i++) {
        if (*at == OP_get_field2 || *at == OP_get_field)
            return at;
        if (*at == OP_drop || *at == OP_get_array_el2 || *at == OP_copy_data_properties)
            return NULL;
        at += short_opcode_info(*at).size;
    }
    return NULL;
}

/* An undefined or null that was to be taken apart by the instruction before `next`. */
static void belljar_not_destructured(JSContext *context, JSFunctionBytecode *function,
                                     const uint8_t *next, JSValueConst value)
{
    const char *is = JS_IsNull(value) ? "null" : "undefined", *what;
    struct callee *c = js_mallocz(context, sizeof *c);
    const uint8_t *read = callee_first_read(function, next);
    bool is_inner = false;
    char name[ATOM_GET_STR_BUF_SIZE];
    int depth = 0, from, producer;

    if (!c)
        return;
    c->context = context;
    c->function = function;
    callee_read(c, (uint32_t)(next - function->byte_code_buf));
    from = callee_initializer(c, (uint32_t)(next - function->byte_code_buf));
    producer = callee_producer(c, from, &depth);
    if (producer >= 0) {
        is_inner = function->byte_code_buf[c->ops[producer]] == OP_get_field2;
        callee_render(c, producer, depth, 0);
    }
    what = producer < 0 || strstr(c->text, "(intermediate value)")
               ? (JS_IsNull(value) ? "object null" : "undefined")
               : c->text;
    if (read)
        JS_AtomGetStr(context, name, sizeof name, get_u32(read + 1));
    if (read && is_inner)
        JS_ThrowTypeError(context, "Cannot read properties of %s (reading '%s')", is, name);
    else if (short_opcode_info(*next).fmt == OP_FMT_loc ||
             short_opcode_info(*next).fmt == OP_FMT_loc8 ||
             short_opcode_info(*next).fmt == OP_FMT_none_loc) /* of `with` */
        JS_ThrowTypeError(context, "Cannot convert undefined or null to object");
    else if (read)
        JS_ThrowTypeError(context, "Cannot destructure property '%s' of '%s' as it is %s.", name,
                          what, is);
    else
        JS_ThrowTypeError(context, "Cannot destructure '%s' as it is %s.", what, is);
    js_free(context, c);
}

/* A value that a built-in function was to call, as V8 names it. */
static JSValue belljar_not_a_function(JSContext *context, JSValueConst value)
{
    const char *text;
    char name[ATOM_GET_STR_BUF_SIZE];

    if (JS_IsObject(value))
        return JS_ThrowTypeError(
            context, "#<%s> is not a function",
            JS_AtomGetStr(context, name, sizeof name,
                          context->rt->class_array[JS_VALUE_GET_OBJ(value)->class_id].class_name));
    if (JS_IsSymbol(value))
        return JS_ThrowTypeError(context, "Symbol() is not a function");
    text = JS_ToCString(context, value);
    if (text)
        JS_ThrowTypeError(context,
                          JS_IsString(value) ? "\"%s\" is not a function" : "%s is not a function",
                          text);
    JS_FreeCString(context, text);
    return JS_EXCEPTION;
}

static JSValue belljar_not_iterable(JSContext *context, JSValueConst value)
{
    static const char end[] = "is not iterable (cannot read property Symbol(Symbol.iterator))";
    const char *text;

    if (JS_IsUndefined(value))
        return JS_ThrowTypeError(context, "undefined %s", end);
    if (JS_IsNull(value))
        return JS_ThrowTypeError(context, "object null %s", end);
    if (JS_IsObject(value) || JS_IsSymbol(value))
        return JS_ThrowTypeError(context, "%s %s", JS_IsSymbol(value) ? "symbol" : "object", end);
    text = JS_ToCString(context, value);
    if (text)
        JS_ThrowTypeError(context, "%s %s %s",
                          JS_IsBool(value)     ? "boolean"
                          : JS_IsBigInt(value) ? "bigint"
                                               : "number",
                          text, end);
    JS_FreeCString(context, text);
    return JS_EXCEPTION;
}
