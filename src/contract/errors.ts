/**
 * Every error code there is, with its HTTP status and what it means. The same codes travel in `application/problem+json`
 * bodies and in socket acks; a code never changes its meaning.
 */
export const errors = {
  malformed_request: [400, 'The request cannot be read'],
  malformed_json: [400, 'The body is not valid JSON'],
  too_deep: [400, 'The body is nested too deeply'],
  repeated_query_key: [400, 'A query key may appear only once'],
  bad_arguments: [400, 'A socket request is one event name and exactly one object'],
  unknown_event: [400, 'There is no such event'],
  invalid_code: [400, 'This sign-in code is unknown, used or expired'],
  sign_in_failed: [400, 'The sign-in at the identity provider did not complete'],
  unauthenticated: [401, 'A valid access token is needed'],
  invalid_credentials: [401, 'Login or password is wrong'],
  invalid_refresh_token: [401, 'This refresh token is unknown or expired'],
  refresh_reused: [401, 'This refresh token was used before; its session has been ended'],
  invalid_id_token: [401, 'The identity token is not acceptable'],
  wrong_password: [403, 'The current password is wrong'],
  reauthentication_required: [403, 'Sign in again at the identity provider first'],
  invalid_admin_code: [403, 'This is not the code of this server, or it has an administrator already'],
  account_disabled: [403, 'This account is disabled'],
  forbidden: [403, 'You may not do this'],
  origin_not_allowed: [403, 'This web origin may not do this'],
  not_a_member: [403, 'You are not a member of this room'],
  banned: [403, 'You are banned from this room'],
  not_found: [404, 'There is no such thing here'],
  method_not_allowed: [405, 'This method is not allowed here'],
  email_taken: [409, 'Somebody has registered with this e-mail address'],
  username_taken: [409, 'This username is taken'],
  slug_taken: [409, 'Another room has this address'],
  room_archived: [409, 'This room is archived; nothing can be written in it'],
  not_for_this_room: [409, 'This cannot be done with this kind of room'],
  last_owner: [409, 'The last owner must stay, name another one first, or archive the room'],
  stale_rev: [409, 'The message has changed meanwhile'],
  message_deleted: [409, 'This message has been deleted'],
  idempotency_conflict: [409, 'This clientId was used for another message'],
  too_many_reactions: [409, 'This message has as many different reactions as it can have'],
  last_admin: [409, 'The last admin must stay an admin'],
  body_too_large: [413, 'The body is larger than 256 KB'],
  unsupported_media_type: [415, 'The body must be application/json'],
  invalid_input: [422, 'Some fields are not acceptable'],
  password_too_common: [422, 'This password is too easy to guess'],
  rate_limited: [429, 'Too many requests; try again later'],
  too_many_sockets: [429, 'This user has as many connections as allowed'],
  too_many_failures: [429, 'Too many failed attempts; try again later'],
  internal: [500, 'Something went wrong on our side'],
  google_not_configured: [501, 'Google sign-in is not set up on this server'],
  unavailable: [503, 'The server cannot do this right now; it is safe to try again'],
  outcome_unknown: [503, 'It is not known whether this was stored: try again with the same clientId, or look before you send it again'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof errors;

/** What may be wrong with one field of a request. */
export const fieldErrors = {
  required: 'is required',
  unknown_field: 'is not a field of this request',
  wrong_type: 'has the wrong type',
  too_short: 'is too short',
  too_long: 'is too long',
  too_small: 'is too small',
  too_large: 'is too large',
  bad_format: 'has the wrong form',
  not_allowed: 'is not one of the allowed values',
  bad_characters: 'contains characters that are not allowed',
  forbidden_name: 'has a name that is not allowed',
} as const;

export type FieldErrorCode = keyof typeof fieldErrors;
