/*
 * event_loop.c: many sandboxes in a program with one event loop, which waits for none of them.
 *
 * Guests run on a scheduler's threads. What they report (an eval is done, a tool is called) goes into a list, and an eventfd
 * wakes the loop, which does all the rest: it answers tools, after a while as a database would, and prints receipts.
 *
 *     cc event_loop.c -o event_loop $(pkg-config --cflags --libs belljar) -lpthread && ./event_loop
 */
#include <belljar.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { CLIENTS = 5, MOST_NEWS = 64 };

/* ---- What threads tell the loop. ---- */

typedef struct news {
    int client;
    bj_tool_call *call;  /* a tool was called … */
    bj_receipt *receipt; /* … or an eval is done */
} news;

static struct {
    pthread_mutex_t lock;
    news list[MOST_NEWS]; /* no client has more than one piece of news at a time */
    size_t count;
    int event; /* readable while there are any */
} inbox = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void tell(news piece)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&inbox.lock);
    inbox.list[inbox.count++] = piece;
    pthread_mutex_unlock(&inbox.lock);
    if (write(inbox.event, &one, sizeof one) < 0)
        perror("eventfd");
}

static size_t take_news(news *list)
{
    uint64_t times;
    if (read(inbox.event, &times, sizeof times) < 0)
        return 0;
    pthread_mutex_lock(&inbox.lock);
    const size_t count = inbox.count;
    memcpy(list, inbox.list, count * sizeof *list);
    inbox.count = 0;
    pthread_mutex_unlock(&inbox.lock);
    return count;
}

/* ---- On the scheduler's threads. ---- */

static void on_done(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err)
{
    if (!receipt)
        fprintf(stderr, "%s\n", err->message);
    bj_task_delete(task);
    tell((news){.client = *(int *)user, .receipt = receipt});
}

/* The guest waits until the call is answered, and holds no thread meanwhile. */
static void on_call(void *user, bj_tool_call *call)
{
    tell((news){.client = *(int *)user, .call = call});
}

/* ---- The loop. ---- */

static const char source[] = "rows = tools.query(table='orders')\n"
                             "sum(row['price'] for row in rows)\n";

typedef struct server {
    bj_engine *engine;
    bj_runtime *python;
    bj_scheduler *scheduler;
    int numbers[CLIENTS];
    bj_sandbox *boxes[CLIENTS];
    bj_tool_call *asked[CLIENTS]; /* queries that the database has not answered yet */
    int poll, timer, left, failed;
} server;

static void look_up(server *s, const news *piece)
{
    const struct itimerspec soon = {.it_value = {.tv_nsec = 20000000}};
    s->asked[piece->client] = piece->call;
    timerfd_settime(s->timer, 0, &soon, NULL);
}

/* The database has answered. */
static void answer_queries(server *s)
{
    uint64_t times;
    char rows[64];
    if (read(s->timer, &times, sizeof times) < 0)
        return;
    for (int i = 0; i < CLIENTS; i++)
        if (s->asked[i]) {
            snprintf(rows, sizeof rows, "[{\"price\": %d}, {\"price\": 2}]", 10 * i);
            bj_tool_call_return(s->asked[i], rows, strlen(rows));
            s->asked[i] = NULL;
        }
}

static void print_receipt(server *s, const news *piece)
{
    const char *value = piece->receipt ? bj_receipt_value(piece->receipt, NULL) : NULL;
    printf("client %d: %s\n", piece->client, value ? value : "no value");
    s->failed |= !value;
    s->left--;
    bj_receipt_delete(piece->receipt);
}

static void hear(server *s)
{
    news list[MOST_NEWS];
    const size_t count = take_news(list);
    for (size_t i = 0; i < count; i++)
        if (list[i].call)
            look_up(s, &list[i]);
        else
            print_receipt(s, &list[i]);
}

static void loop(server *s)
{
    struct epoll_event events[8];
    while (s->left > 0) {
        const int count = epoll_wait(s->poll, events, 8, -1);
        for (int i = 0; i < count; i++)
            if (events[i].data.fd == inbox.event)
                hear(s);
            else
                answer_queries(s);
    }
}

/* ---- Beginning and end. ---- */

static int watch(const server *s, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return fd < 0 ? -1 : epoll_ctl(s->poll, EPOLL_CTL_ADD, fd, &event);
}

static int start_client(server *s, int number, bj_error *err)
{
    bj_policy policy;
    bj_tool tool;
    s->numbers[number] = number;
    bj_policy_init(&policy);
    bj_tool_init(&tool);
    tool.name = "query";
    tool.call = on_call;
    tool.user = &s->numbers[number];
    if (bj_policy_grant_tool(&policy, &tool, err) == 0)
        s->boxes[number] = bj_sandbox_new(s->python, &policy, err);
    bj_policy_clear(&policy);
    /* Each in a lane of its own: none waits because of another's loops. */
    if (!s->boxes[number] ||
        !bj_scheduler_eval(s->scheduler, BJ_LANE_OWN, s->boxes[number], source, strlen(source), 0,
                           on_done, &s->numbers[number], err))
        return -1;
    s->left++;
    return 0;
}

static int start(server *s, bj_error *err)
{
    s->engine = bj_engine_new(NULL, err);
    s->python = s->engine ? bj_runtime_open(s->engine, "python", err) : NULL;
    s->scheduler = s->python ? bj_scheduler_new(NULL, err) : NULL;
    for (int i = 0; s->scheduler && i < CLIENTS; i++)
        if (start_client(s, i, err) < 0)
            return -1;
    return s->scheduler ? 0 : -1;
}

int main(void)
{
    bj_error err = {0};
    server s = {.poll = epoll_create1(0), .timer = timerfd_create(CLOCK_MONOTONIC, 0)};
    inbox.event = eventfd(0, 0);
    if (watch(&s, inbox.event) < 0 || watch(&s, s.timer) < 0) {
        perror("event loop");
        return 1;
    }
    if (start(&s, &err) == 0)
        loop(&s);
    else
        fprintf(stderr, "%s\n", err.message);
    s.failed |= s.left > 0 || !s.scheduler;
    bj_scheduler_delete(s.scheduler); /* first: what runs ends */
    for (int i = 0; i < CLIENTS; i++)
        bj_sandbox_delete(s.boxes[i]);
    bj_runtime_delete(s.python);
    bj_engine_delete(s.engine);
    return s.failed;
}
