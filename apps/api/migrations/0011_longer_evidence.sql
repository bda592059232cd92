-- Evidence holds up to 64 proofs of who recorded (packages/protocol/src/consent.ts).
alter table clinic.handed_in_recording drop constraint handed_in_recording_evidence_check;
alter table clinic.handed_in_recording
  add constraint handed_in_recording_evidence_check check (char_length(evidence) between 2 and 1376256);
alter table clinic.sealed_recording drop constraint sealed_recording_evidence_check;
alter table clinic.sealed_recording
  add constraint sealed_recording_evidence_check check (char_length(evidence) between 2 and 1376256);
