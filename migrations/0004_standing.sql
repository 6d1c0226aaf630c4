-- What a review decided about a person: 人才认定分类 (DZ-06), 认定层次 (GL-10). In force with the admitted version.
ALTER TABLE dossier ADD COLUMN standing text NOT NULL DEFAULT '';
