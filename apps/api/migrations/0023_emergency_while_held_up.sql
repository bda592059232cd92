-- Breaking the glass with an account that is held up or disabled is told of, each patient by itself.
alter table clinic.incident_alert drop constraint incident_alert_rule_check;
alter table clinic.incident_alert add constraint incident_alert_rule_check check
  (rule in ('overOwnMean', 'bulk', 'manyEmergencies', 'emergencyWhileHeldUp', 'repeatedDenials', 'newPlace', 'afterHours', 'ownRelative'));
