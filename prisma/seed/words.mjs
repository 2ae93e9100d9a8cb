// The vocabulary of the sample data: plausible, and nobody's. Email addresses end in the reserved domain .example
// (RFC 2606), so that no message sent by mistake ever arrives.

export const COMPANIES = [
  ["Harbour & Pine", "GB", "GBP", "en-GB", "Europe/London"],
  ["Alder Works", "US", "USD", "en-US", "America/New_York"],
  ["Maison Tilleul", "FR", "EUR", "fr-FR", "Europe/Paris"],
  ["Nordlicht Handel", "DE", "EUR", "de-DE", "Europe/Berlin"],
  ["Casa Olivar", "ES", "EUR", "es-ES", "Europe/Madrid"],
  ["Blue Gum Trading", "AU", "AUD", "en-AU", "Australia/Sydney"],
];

export const GIVEN_NAMES = [
  "Amara", "Ana", "Arjun", "Ben", "Chiara", "Daniel", "Elif", "Emma", "Fatima", "George", "Hana", "Ines", "Isaac",
  "Jonas", "Kofi", "Lea", "Liam", "Lucía", "Maja", "Marek", "Mei", "Nadia", "Noah", "Olga", "Omar", "Priya", "Rosa",
  "Sam", "Sofia", "Tariq", "Tomás", "Wei", "Yara", "Yuki", "Zoë",
];

export const FAMILY_NAMES = [
  "Abebe", "Andersen", "Baker", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Hughes", "Ivanova",
  "Jansen", "Kaya", "Kowalski", "Kumar", "Lambert", "Martin", "Mensah", "Moreau", "Nakamura", "Novak", "Okafor",
  "Patel", "Pereira", "Quinn", "Rahman", "Rossi", "Santos", "Schmidt", "Singh", "Tanaka", "Walker", "Wang", "Zhou",
];

/** Roles of every tenant: name, description, share of its users who hold it. */
export const ROLES = [
  ["admin", "May change the tenant's settings and its people", 0.05],
  ["manager", "May change the catalogue and every order", 0.15],
  ["support", "May read orders and change their status", 0.2],
  ["customer", "May order, and read their own orders", 1],
];

/** Categories of every tenant: a name, its sub-categories, and the things sold in each. */
export const CATEGORIES = [
  ["Kitchen", { Cookware: ["saucepan", "frying pan", "casserole"], Tableware: ["bowl", "plate", "mug"], Storage: ["jar", "bread box", "canister"] }],
  ["Office", { Desks: ["desk", "standing desk", "drawer unit"], Lighting: ["desk lamp", "floor lamp", "reading light"], Stationery: ["notebook", "pen holder", "letter tray"] }],
  ["Garden", { Tools: ["trowel", "secateurs", "rake"], Planters: ["planter", "window box", "hanging basket"], Furniture: ["bench", "folding chair", "side table"] }],
  ["Outdoors", { Camping: ["tent", "camp stove", "lantern"], Hiking: ["rucksack", "trekking pole", "water bottle"], Cycling: ["pannier", "bell", "repair kit"] }],
];

export const QUALITIES = ["compact", "classic", "sturdy", "lightweight", "handmade", "folding", "rustic", "slim", "large", "everyday"];
export const MATERIALS = ["oak", "steel", "linen", "ceramic", "bamboo", "copper", "wool", "glass", "cork", "aluminium"];
export const COLOURS = ["green", "blue", "charcoal", "cream", "terracotta", "natural", "white", "mustard"];

export const BENEFITS = [
  "made to last and easy to repair",
  "safe in the dishwasher",
  "finished by hand with natural oil",
  "packs flat for small spaces",
  "tested in all weathers",
  "comes with a ten year guarantee",
  "made from recycled material",
  "a gift that is used every day",
];

export const CHANNELS = ["web", "web", "web", "app", "app", "phone"];
export const PLANS = ["starter", "team", "business"];
