-- The District Attorney declined: the packet stays as it was, until the ladder proposes enforcement anew.
ALTER TABLE referral_case DROP CONSTRAINT referral_case_state_check;
ALTER TABLE referral_case ADD CHECK (state IN ('waiting', 'draft', 'closed', 'declined'));
