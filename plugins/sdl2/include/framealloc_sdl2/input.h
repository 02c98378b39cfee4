/* input.h - keyboard, mouse and window events of one frame, as plain state.
 *
 * Use it without an app as well: fa_sdl2_input_pump once per frame, or, where the engine polls SDL itself,
 * fa_sdl2_input_begin once and fa_sdl2_input_feed for each event.
 *
 * "Pressed" and "released" are true in exactly one frame each, also when both happened between two frames. */
#ifndef FRAMEALLOC_SDL2_INPUT_H
#define FRAMEALLOC_SDL2_INPUT_H

#include <SDL.h>

#include "framealloc/app/type.h"
#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

/// Bits of fa_sdl2_input.keys.
enum {
    FA_SDL2_KEY_DOWN = 1u << 0,     ///< held now
    FA_SDL2_KEY_PRESSED = 1u << 1,  ///< went down in this frame; repeats do not count
    FA_SDL2_KEY_RELEASED = 1u << 2, ///< went up in this frame
    FA_SDL2_KEY_REPEATED = 1u << 3  ///< typed again by holding it
};

/// Reading the fields is fine; only the functions write them. A zero-initialised one is ready.
typedef struct fa_sdl2_input {
    uint8_t keys[SDL_NUM_SCANCODES]; ///< by SDL_Scancode: FA_SDL2_KEY_* bits
    uint32_t buttons_down;           ///< mouse: SDL_BUTTON_LMASK and its like
    uint32_t buttons_pressed;
    uint32_t buttons_released;
    bool mouse_known;       ///< false until the mouse has moved over the window or was pressed in it
    bool mouse_inside;      ///< it is over the window now
    bool focused;           ///< the window has the keyboard
    bool quit;              ///< asked to end, in this frame or before
    bool resized;           ///< the window has another size, in this frame
    bool redraw;            ///< the window, or what it is rendered with, has lost its picture
    float mouse_x, mouse_y; ///< pixels of the window, or of the renderer's logical size where one is set
    float moved_x, moved_y; ///< in this frame
    float wheel_x, wheel_y; ///< notches in this frame, away from the user is positive
    /// The frame's events in order, in frame memory: for text, gamepads, and all else. Strings of dropped
    /// files and long text are copied there too. Borrowed until the frame ends; NULL where no frame was open.
    const SDL_Event *events;
    uint32_t event_count; ///< length of events
    uint64_t
        events_unseen; ///< events since the start that frame memory had no room to list; their state counts
} fa_sdl2_input;

FA_TYPE_DECLARE(fa_sdl2_input);

/// A frame begins: what happened in the last one is forgotten, what is held stays.
/// [owner-thread]
void fa_sdl2_input_begin(fa_sdl2_input *input);
/// Take one event in. The event is not kept.
/// [owner-thread]
void fa_sdl2_input_feed(fa_sdl2_input *input, const SDL_Event *event);
/// Begin, take all waiting events from SDL, and list them in frame memory.
/// @param ctx Its open frame gets the list; NULL, or no open frame: no list.
/// @return False: the program was asked to end, now or before.
/// [main-thread]
bool fa_sdl2_input_pump(fa_sdl2_input *input, fa_context *ctx);

/// Questions about a key, by SDL_Scancode; false out of range. [owner-thread]
static inline bool fa_sdl2_key_down(const fa_sdl2_input *input, int scancode)
{
    return scancode >= 0 && scancode < SDL_NUM_SCANCODES && (input->keys[scancode] & FA_SDL2_KEY_DOWN) != 0;
}
static inline bool fa_sdl2_key_pressed(const fa_sdl2_input *input, int scancode)
{
    return scancode >= 0 && scancode < SDL_NUM_SCANCODES &&
           (input->keys[scancode] & FA_SDL2_KEY_PRESSED) != 0;
}

FA_EXTERN_C_END

#endif
