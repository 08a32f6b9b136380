-- The answer of the District Attorney that was told last: each is told once, a second letter too.
ALTER TABLE referral_case ADD COLUMN declined_act uuid;
