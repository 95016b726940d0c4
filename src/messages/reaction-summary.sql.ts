/** The wire's view of a message's reactions, in the order in which each emoji was first used. `rows` are the message's. */
export const reactionSummary = (rows: string): string => `
  SELECT coalesce(jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'userIds', user_ids) ORDER BY first_at, emoji), '[]')
  FROM (
    SELECT emoji, count(*) AS count, min(created_at) AS first_at, (array_agg(user_id ORDER BY created_at, user_id))[1:100] AS user_ids
    FROM ${rows} GROUP BY emoji
  ) AS grouped`;
