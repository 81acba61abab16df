/*
 * frames.c: C between what throws and what catches, compiled by the C compiler without any flag for it.
 */
int through_c(int (*function)(void *), void *argument)
{
    return function(argument) + 1;
}
