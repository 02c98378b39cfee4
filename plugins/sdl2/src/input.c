/* input.c - see input.h. */
#include "framealloc_sdl2/input.h"

#include "framealloc/vector.h"

FA_TYPE_DEFINE(fa_sdl2_input);

void fa_sdl2_input_begin(fa_sdl2_input *input)
{
    for (int i = 0; i < SDL_NUM_SCANCODES; i++) {
        input->keys[i] &= FA_SDL2_KEY_DOWN;
    }
    input->buttons_pressed = 0;
    input->buttons_released = 0;
    input->resized = false;
    input->redraw = false;
    input->moved_x = 0;
    input->moved_y = 0;
    input->wheel_x = 0;
    input->wheel_y = 0;
    input->events = NULL;
    input->event_count = 0;
}

static void feed_key(fa_sdl2_input *input, const SDL_KeyboardEvent *key)
{
    int code = (int)key->keysym.scancode;
    if (code < 0 || code >= SDL_NUM_SCANCODES) {
        return;
    }
    uint8_t *state = &input->keys[code];
    if (key->type == SDL_KEYUP) {
        *state = (uint8_t)((*state & ~FA_SDL2_KEY_DOWN) | FA_SDL2_KEY_RELEASED);
    } else {
        *state |= (uint8_t)(FA_SDL2_KEY_DOWN | (key->repeat ? FA_SDL2_KEY_REPEATED : FA_SDL2_KEY_PRESSED));
    }
}

static void feed_button(fa_sdl2_input *input, const SDL_MouseButtonEvent *button)
{
    if (button->button < 1 || button->button > 32) {
        return;
    }
    uint32_t bit = (uint32_t)1 << (button->button - 1);
    if (button->type == SDL_MOUSEBUTTONDOWN) {
        input->buttons_down |= bit;
        input->buttons_pressed |= bit;
    } else {
        input->buttons_down &= ~bit;
        input->buttons_released |= bit;
    }
    input->mouse_known = true;
    input->mouse_x = (float)button->x;
    input->mouse_y = (float)button->y;
}

static void feed_wheel(fa_sdl2_input *input, const SDL_MouseWheelEvent *wheel)
{
    float sign = wheel->direction == SDL_MOUSEWHEEL_FLIPPED ? -1.0f : 1.0f;
    input->wheel_x += sign * wheel->preciseX;
    input->wheel_y += sign * wheel->preciseY;
}

/* The keyboard is gone: what was held is let go, or it would be held for ever. */
static void let_go(fa_sdl2_input *input)
{
    for (int i = 0; i < SDL_NUM_SCANCODES; i++) {
        if (input->keys[i] & FA_SDL2_KEY_DOWN) {
            input->keys[i] = (uint8_t)((input->keys[i] & ~FA_SDL2_KEY_DOWN) | FA_SDL2_KEY_RELEASED);
        }
    }
    input->buttons_released |= input->buttons_down;
    input->buttons_down = 0;
}

static void feed_window(fa_sdl2_input *input, uint8_t what)
{
    switch (what) {
    case SDL_WINDOWEVENT_ENTER: input->mouse_inside = true; break;
    case SDL_WINDOWEVENT_LEAVE: input->mouse_inside = false; break;
    case SDL_WINDOWEVENT_FOCUS_GAINED: input->focused = true; break;
    case SDL_WINDOWEVENT_FOCUS_LOST:
        input->focused = false;
        let_go(input);
        break;
    case SDL_WINDOWEVENT_SIZE_CHANGED:
        input->resized = true;
        input->redraw = true;
        break;
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_EXPOSED:
    case SDL_WINDOWEVENT_RESTORED: input->redraw = true; break;
    default: break;
    }
}

void fa_sdl2_input_feed(fa_sdl2_input *input, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_QUIT: input->quit = true; break;
    case SDL_KEYDOWN:
    case SDL_KEYUP: feed_key(input, &event->key); break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: feed_button(input, &event->button); break;
    case SDL_MOUSEMOTION:
        input->mouse_known = true;
        input->mouse_inside = true;
        input->mouse_x = (float)event->motion.x;
        input->mouse_y = (float)event->motion.y;
        input->moved_x += (float)event->motion.xrel;
        input->moved_y += (float)event->motion.yrel;
        break;
    case SDL_MOUSEWHEEL: feed_wheel(input, &event->wheel); break;
    case SDL_WINDOWEVENT: feed_window(input, event->window.event); break;
    case SDL_RENDER_TARGETS_RESET:
    case SDL_RENDER_DEVICE_RESET: input->redraw = true; break;
    default: break;
    }
}

/* Some events carry a string that their receiver frees. It moves to frame memory, so that nobody has to. */
static void adopt_text(char **text, fa_context *ctx)
{
    char *copy = *text && ctx ? fa_frame_strdup(ctx, *text) : NULL;
    SDL_free(*text);
    *text = copy;
}

static void adopt_strings(SDL_Event *event, fa_context *ctx)
{
    switch (event->type) {
    case SDL_DROPFILE:
    case SDL_DROPTEXT: adopt_text(&event->drop.file, ctx); break;
    case SDL_TEXTEDITING_EXT: adopt_text(&event->editExt.text, ctx); break;
    default: break;
    }
}

bool fa_sdl2_input_pump(fa_sdl2_input *input, fa_context *ctx)
{
    fa_context *frame = ctx && fa_frame_is_open(ctx) ? ctx : NULL;
    fa_vector list = FA_VECTOR(frame, SDL_Event);
    SDL_Event event;
    fa_sdl2_input_begin(input);
    while (SDL_PollEvent(&event)) {
        fa_sdl2_input_feed(input, &event);
        // fa-allow(FA301): SDL's own queue bounds the loop: 65,535 events at most
        adopt_strings(&event, frame);
        if (frame) {
            // fa-allow(FA301): as above
            SDL_Event *place = FA_VECTOR_PUSH(&list, SDL_Event);
            if (place) {
                *place = event;
            } else {
                input->events_unseen++;
            }
        }
    }
    input->events = list.items;
    input->event_count = (uint32_t)list.count;
    return !input->quit;
}
